// What a shell is offered after the words typed so far.
import { requireProgram } from "#test/require.ts";
import { describe, expect, test } from "bun:test";
import { leaves } from "#controller/cli/command-tree.ts";
import { candidates } from "./candidates.ts";
import { completionScript, shells } from "./scripts.ts";
import { splitLine } from "./split-line.ts";

const namesOf = (source: string, begun: string) =>
  Promise.resolve(["train", "dev", `${source}-x`].filter((name) => name.startsWith(begun)));

async function offered(line: string): Promise<readonly string[] | "files"> {
  const words = line.split(" ");
  const found = await candidates(words.slice(0, -1), words[words.length - 1] ?? "", namesOf);
  return found === "files" ? found : found.map((one) => one.word);
}

describe("cli/completion/candidates", () => {
  test("commands and groups, without hidden ones and those that do nothing yet", async () => {
    expect(await offered("st")).toEqual(["status", "stop", "start"]);
    expect(await offered("loc")).toEqual([]);
    expect(await offered("gpus ")).toEqual(["list"]);
  });

  test("options of the command, without hidden ones", async () => {
    expect(await offered("launch --use")).toEqual(["--use-spot"]);
    expect(await offered("launch --clo")).toEqual(["--clone-disk-from", "--clone"]);
  });

  test("choices of an option that waits for its value", async () => {
    expect(await offered("status -o ")).toEqual(["table", "json"]);
    expect(await offered("launch --disk-tier h")).toEqual(["high"]);
  });

  test("names of clusters and requests come from the server, files from the shell", async () => {
    expect(await offered("down tr")).toEqual(["train"]);
    expect(await offered("down train de")).toEqual(["dev"]);
    expect(await offered("api logs api")).toEqual(["api_request-x"]);
    expect(await offered("launch -c ")).toEqual(["train", "dev", "cluster_name-x"]);
    expect(await offered("launch ta")).toBe("files");
    expect(await offered("exec train ta")).toBe("files");
  });

  test("what is not built is not offered, and what is built is", async () => {
    const visible = (await Promise.all(leaves.map(async (leaf) => await leaf.load()))).filter((one) => !one.hidden);
    const isOffered = async ({ path }: { readonly path: readonly string[] }) => {
      const found = await candidates(path.slice(0, -1), "", async () => []);
      return found !== "files" && found.some(({ word }) => word === path.at(-1));
    };
    const planned = visible.filter((one) => one.planned !== undefined);

    expect(planned.length).toBeGreaterThan(10);
    for (const one of planned) expect([one.path, await isOffered(one)]).toEqual([one.path, false]);
    // A command that others follow takes words itself, so they are not offered after it.
    for (const one of visible.filter(
      ({ path, planned: what }) =>
        what === undefined && !leaves.some((leaf) => leaf.path === path.slice(0, -1).join(" ")),
    ))
      expect([one.path, await isOffered(one)]).toEqual([one.path, true]);
  });

  test("jobs are those of the cluster that was typed, and carry what they are", async () => {
    const jobsOf = (source: string, begun: string, given: readonly string[]) =>
      Promise.resolve(
        source === "job_id" && given[0] === "train"
          ? ["12\tevaluate RUNNING", "1\tprepare SUCCEEDED"].filter((name) => name.startsWith(begun))
          : [],
      );

    expect(await candidates(["logs", "train"], "", jobsOf)).toEqual([
      { word: "12", about: "evaluate RUNNING" },
      { word: "1", about: "prepare SUCCEEDED" },
    ]);
    expect(await candidates(["cancel", "-y", "train", "1"], "12", jobsOf)).toEqual([
      { word: "12", about: "evaluate RUNNING" },
    ]);
    expect(await candidates(["logs", "dev"], "", jobsOf)).toEqual([]);
  });

  test("values behind an equals sign, as one word with their option", async () => {
    expect(await offered("launch --disk-tier=h")).toEqual(["--disk-tier=high"]);
    expect(await offered("launch --cluster=tr")).toEqual(["--cluster=train"]);
    expect(await offered("launch --env-file=x")).toBe("files");
    expect(await offered("launch --no-such=x")).toEqual([]);
  });

  test("places and devices come from the server", async () => {
    expect(await offered("launch --infra inf")).toEqual(["infra-x"]);
    expect(await offered("launch --gpus acc")).toEqual(["accelerator-x"]);
    expect(await offered("offer --infra=inf")).toEqual(["--infra=infra-x"]);
  });

  test("a line that is being typed is split as the shell splits it", () => {
    expect(splitLine("stix down  'a b' c")).toEqual(["stix", "down", "a b", "c"]);
    expect(splitLine("stix exec my\\ x ")).toEqual(["stix", "exec", "my x", ""]);
    expect(splitLine('stix launch --infra="aw')).toEqual(["stix", "launch", "--infra=aw"]);
  });

  test("nothing after words that are no command", async () => {
    expect(await offered("nonsense ")).toEqual([]);
  });

  test("the scripts are such as their shells can read", () => {
    for (const shell of shells) {
      const checked = Bun.spawnSync([requireProgram(shell), "-n"], {
        stdin: new Blob([completionScript(shell, "stix")]),
      });
      expect(checked.stderr.toString()).toBe("");
    }
  });

  test("bash completes words through its script", () => {
    const asked = `${completionScript("bash", "stix")}\nstix() { echo "$COMP_LINE|$_STIX_COMPLETE"; }\nCOMP_LINE="stix down tr" COMP_POINT=12 COMP_WORDS=(stix down tr) COMP_CWORD=2\n_stix_completion stix\necho "\${COMPREPLY[0]}"`;

    const shown = Bun.spawnSync(["bash", "-c", asked]);

    expect(shown.stdout.toString()).toBe("stix down tr|bash\n");
  });
});
