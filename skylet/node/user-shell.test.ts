// Scripts run in the shell that the user has at a prompt, and nothing of how we make it is seen.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeBench, type NodeBench } from "#test/skylet/node-bench.ts";

setDefaultTimeout(60_000);

/** What the skeletons of Debian, Ubuntu and Fedora have in common: nothing for shells that are not interactive, history for the others. */
const skeleton = `case $- in
    *i*) ;;
      *) return;;
esac
[ -z "$PS1" ] && return
HISTCONTROL=ignoreboth
shopt -s histappend checkwinsize
HISTSIZE=1000
HISTFILESIZE=2000
PS1='\\u@\\h:\\w\\$ '
alias ll='ls -alF'
alias alert='echo alert'
`;

/** This distribution's own skeleton and ours. */
const skeletons = [
  ["ours", skeleton] as const,
  ...(existsSync("/etc/skel/.bashrc") ? [["this machine's", readFileSync("/etc/skel/.bashrc", "utf8")] as const] : []),
];

const noise = /terminal process group|job control/;

function homeFiles(on: NodeBench): string[] {
  return readdirSync(on.home).filter((name) => name.startsWith("."));
}

describe.each(skeletons)("with %s skeleton of ~/.bashrc", (_name, text) => {
  test("what setup appends to it is there for run, aliases and child processes included", async () => {
    await using on = nodeBench();
    writeFileSync(join(on.home, ".bashrc"), text);
    const setup =
      "echo 'export FROM_SETUP=\"two words\"' >> ~/.bashrc\necho \"alias greet='echo hello from'\" >> ~/.bashrc\necho 'added() { echo \"added $1\"; }' >> ~/.bashrc";

    const prepared = await on.outputOf(setup, { phase: "setup" });
    const printed = await on.outputOf(
      'echo "$FROM_SETUP"\ngreet alias\nadded one\nbash -c \'echo "child: $FROM_SETUP"\'\nfalse\necho goes on',
    );

    expect(prepared).toBe("");
    expect(printed).toBe("two words\nhello from alias\nadded one\nchild: two words\ngoes on\n");
  });

  test("nothing enters the history, and the log has no word about terminals", async () => {
    await using on = nodeBench();
    writeFileSync(join(on.home, ".bashrc"), text);

    const printed =
      (await on.outputOf('echo "wow!! $?"\nhistory\nset -o | grep hist', { phase: "setup" })) +
      (await on.outputOf('echo "wow!! $?"'));

    expect(printed).not.toMatch(noise);
    expect(
      printed
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.replaceAll(/\s+/g, " ")),
    ).toEqual(["wow!! 0", "histexpand off", "history off", "wow!! 0"]);
    expect(homeFiles(on)).toEqual([".bashrc"]);
  });
});

/** Does what conda's own profile does: functions that ask the program for shell text, and evaluate it. */
function placeConda(folder: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  mkdirSync(join(folder, "etc/profile.d"), { recursive: true });
  mkdirSync(join(folder, "envs/train/bin"), { recursive: true });
  const program = join(folder, "bin/conda");
  writeFileSync(
    program,
    `#!/bin/sh
case "$1 $2" in
  "info --base") echo '${folder}';;
  "shell.posix activate") echo "export CONDA_DEFAULT_ENV='$3' CONDA_PREFIX='${folder}/envs/$3' PATH='${folder}/envs/$3/bin':\\"\\$PATH\\"";;
  *) echo "program: $*";;
esac
`,
  );
  writeFileSync(join(folder, "envs/train/bin/python"), "#!/bin/sh\necho python of train\n");
  for (const path of [program, join(folder, "envs/train/bin/python")]) chmodSync(path, 0o755);
  writeFileSync(
    join(folder, "etc/profile.d/conda.sh"),
    `export CONDA_EXE='${program}'
__conda_activate() { \\local text; text="$(PS1="$PS1" "$CONDA_EXE" shell.posix "$@")" || \\return; \\eval "$text"; \\hash -r; }
conda() { case "$1" in activate|deactivate) __conda_activate "$@";; *) "$CONDA_EXE" "$@";; esac; }
[ -n "\${CONDA_SHLVL+x}" ] || \\export CONDA_SHLVL=0
case ":$PATH:" in *:${folder}/condabin:*) ;; *) export PATH="${folder}/condabin:$PATH";; esac
echo "words on both outputs"; echo "words on both outputs" >&2
`,
  );
}

const withConda: readonly (readonly [string, (folder: string) => string])[] = [
  ["initialized in ~/.bashrc", (folder) => `${skeleton}. ${folder}/etc/profile.d/conda.sh >/dev/null 2>&1\n`],
  ["only on the path", (folder) => `export PATH=${folder}/bin:$PATH\n`],
  [
    "on the path by a link",
    (folder) => `mkdir -p ~/bin; ln -sf ${folder}/bin/conda ~/bin/conda; export PATH=~/bin:$PATH\n`,
  ],
];

describe.each(withConda)("conda %s", (_name, bashrc) => {
  test("its environments can be activated, by a script that the script runs too", async () => {
    await using on = nodeBench();
    placeConda(on.root + "/conda");
    writeFileSync(join(on.home, ".bashrc"), bashrc(`${on.root}/conda`));
    writeFileSync(
      join(on.home, "child.sh"),
      "#!/bin/bash\nconda activate train\necho child $CONDA_DEFAULT_ENV\npython\n",
      { mode: 0o755 },
    );

    const printed = await on.outputOf(
      "~/child.sh\necho ${CONDA_DEFAULT_ENV-none}\nconda activate train\necho $CONDA_DEFAULT_ENV; python; echo $#",
    );

    expect(printed).toBe("child train\npython of train\nnone\ntrain\npython of train\n0\n");
  });
});

test("whatever ~/.bashrc switches on or gives other meanings to, our part is not seen and works", async () => {
  await using on = nodeBench();
  const aliases = ["cd", "export", "set", "exec", "trap", "printf", "command", "mkdir", "type", "."]
    .map((word) => `alias ${word}='echo ALIAS'`)
    .join("\n");
  appendFileSync(join(on.home, ".bashrc"), `set -x -u\nfunction cd { echo FUNCTION; }\n${aliases}\n`);

  const printed = await on.outputOf('unalias -a\nset +x; pwd; echo "$MINE"', {
    envs: { MINE: "value", SECRET: "never print this" },
  });

  const lines = printed.split("\n").filter((line) => !/^\++ /.test(line) && line !== "");
  expect(lines).toEqual([`${on.home}/sky_workdir`, "value"]);
  expect(printed).not.toContain("never print this");
});

test("SIGTERM ends a script at once, and one that wants to clean up can", async () => {
  await using on = nodeBench();
  on.start(1, "sleep 1000; echo never");
  on.start(2, "trap 'echo cleaned >> $ROOT/cleaned; exit 0' TERM; touch $ROOT/ready; sleep 1000 & wait");
  while (!existsSync(join(on.root, "ready"))) await Bun.sleep(5);
  const begun = performance.now();

  await on.jobs.kill(1, 1, 20_000);
  await on.jobs.kill(2, 1, 20_000);

  expect(performance.now() - begun).toBeLessThan(10_000);
  expect([await on.exitOf(1), await on.exitOf(2)]).toEqual([143, 0]);
  expect(readFileSync(join(on.root, "cleaned"), "utf8")).toBe("cleaned\n");
});

test("output of ~/.bashrc is in the log, and its failure is not the script's", async () => {
  await using on = nodeBench();
  writeFileSync(join(on.home, ".bashrc"), "echo from the profile; echo and its errors >&2; false\n");

  expect(await on.outputOf("echo from the script")).toBe("from the profile\nand its errors\nfrom the script\n");
});
