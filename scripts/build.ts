// Compiles the two executables and what stix carries: a nats-server, and skylet's code to make skylet from.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Glob } from "bun";

interface Platform {
  readonly name: string;
  /** What Bun calls it; null: this machine's own. */
  readonly target: string | null;
  readonly goos: string;
  readonly goarch: string;
  readonly dist: string;
}

const root = join(import.meta.dir, "..");
const buildDir = join(root, ".build");
const natsVersion = "2.15.2";

/** Both executables are made in the same way: fast to start, deaf to .env and bunfig.toml in the folder they are called from. */
const compileFlags = [
  "--compile",
  "--production",
  "--minify",
  "--bytecode",
  "--format=esm",
  "--splitting",
  "--sourcemap",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

const released: readonly Platform[] = [
  { name: "linux-x64", target: "bun-linux-x64", goos: "linux", goarch: "amd64", dist: "dist/linux-x64" },
  { name: "linux-arm64", target: "bun-linux-arm64", goos: "linux", goarch: "arm64", dist: "dist/linux-arm64" },
  { name: "darwin-arm64", target: "bun-darwin-arm64", goos: "darwin", goarch: "arm64", dist: "dist/darwin-arm64" },
];

function thisMachine(): Platform {
  const goarch = process.arch === "x64" ? "amd64" : process.arch;
  return { name: `${process.platform}-${process.arch}`, target: null, goos: process.platform, goarch, dist: "dist" };
}

async function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = Bun.spawn([...command], { cwd: root, env: { ...process.env, ...env }, stdout: "pipe", stderr: "pipe" });
  const [out, err, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (status === 0) return out;
  process.stderr.write(out + err);
  fail(
    `'${command
      .map((word) => basename(word))
      .slice(0, 3)
      .join(" ")}' ended with ${status}`,
    "read the lines above",
  );
}

function fail(message: string, hint: string): never {
  process.stderr.write(`error: ${message}\ntry:   ${hint}\n`);
  process.exit(1);
}

/** The commit and its date, so that two builds of one commit are the same to the byte. */
async function identity(): Promise<{ commit: string; date: string }> {
  if (!existsSync(join(root, ".git"))) return { commit: "unknown", date: "unknown" };
  const [commit = "unknown", date = "unknown"] = (await run(["git", "log", "-1", "--abbrev=12", "--format=%h %cs"]))
    .trim()
    .split(" ");
  const changed = (await run(["git", "status", "--porcelain", "--untracked-files=no"])).trim() !== "";
  return { commit: changed ? `${commit}+changes` : commit, date };
}

/** A hash over everything that goes into an executable. Tests do not. */
function inputsHash(): string {
  const hash = createHash("sha256");
  const files = ["package.json", "bun.lock", "tsconfig.json", "scripts/build.ts"];
  for (const room of ["shared", "catalog", "controller", "skylet"]) {
    for (const file of new Glob("**/*").scanSync({ cwd: join(root, room), dot: true })) {
      if (!/\.test\.ts$/.test(file)) files.push(join(room, file));
    }
  }
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

/** Does `work` unless `outputs` are there from the same `key`. Says so on a line when it works. */
async function once(name: string, key: string, outputs: readonly string[], work: () => Promise<void>): Promise<void> {
  const stamp = join(buildDir, "stamps", name);
  const there = outputs.every((output) => existsSync(join(root, output)));
  if (there && existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  const startedAt = performance.now();
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, key);
  process.stderr.write(`built ${outputs.join(", ")} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

/** Where the static nats-server for `platform` is; made or fetched when it is for another machine than this. */
async function natsServerFor(platform: Platform): Promise<string> {
  const own = thisMachine();
  if (platform.goos === own.goos && platform.goarch === own.goarch) return join(buildDir, "tools/nats-server");
  const file = join(buildDir, `tools/nats-server-${platform.name}`);
  if (existsSync(file)) return file;
  if (Bun.which("go") === null) await fetchNatsRelease(platform, file);
  else await crossBuildNats(platform, file);
  return file;
}

async function crossBuildNats(platform: Platform, file: string): Promise<void> {
  const gopath = (await run(["go", "env", "GOPATH"])).trim();
  const env = { GOOS: platform.goos, GOARCH: platform.goarch, CGO_ENABLED: "0", GOFLAGS: "", GOBIN: "" };
  await run(["go", "install", "-trimpath", "-ldflags=-s -w", `github.com/nats-io/nats-server/v2@v${natsVersion}`], env);
  await run(["cp", join(gopath, "bin", `${platform.goos}_${platform.goarch}`, "nats-server"), file]);
}

async function fetchNatsRelease(platform: Platform, file: string): Promise<void> {
  const name = `nats-server-v${natsVersion}-${platform.goos}-${platform.goarch}`;
  const base = `https://github.com/nats-io/nats-server/releases/download/v${natsVersion}`;
  const [archive, sums] = await Promise.all([fetch(`${base}/${name}.tar.gz`), fetch(`${base}/SHA256SUMS`)]);
  if (!archive.ok || !sums.ok)
    fail(`nats-server for ${platform.name} could not be fetched`, "install Go, then scripts/build --all");
  const bytes = new Uint8Array(await archive.arrayBuffer());
  const expected = (await sums.text())
    .split("\n")
    .find((line) => line.endsWith(` ${name}.tar.gz`))
    ?.split(" ")[0];
  if (createHash("sha256").update(bytes).digest("hex") !== expected)
    fail(`${name}.tar.gz does not match its sum`, "scripts/build --all");
  const work = join(buildDir, "nats", platform.name);
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, "archive.tar.gz"), bytes);
  await run(["tar", "-xzf", join(work, "archive.tar.gz"), "-C", work]);
  renameSync(join(work, name, "nats-server"), file);
}

/** Fills a folder that the executable sees as `parts` beside its code: `.build/parts` for this machine. */
async function makeParts(platform: Platform, code: string): Promise<string> {
  const folder = platform.name === thisMachine().name ? ".build/parts" : join(".build", platform.name, "parts");
  mkdirSync(join(root, folder), { recursive: true });
  const nats = await natsServerFor(platform);
  const natsKey = createHash("sha256").update(readFileSync(nats)).digest("hex");
  await once(`nats-${platform.name}`, natsKey, [join(folder, "nats-server.zst")], async () => {
    const packed = await Bun.zstdCompress(readFileSync(nats), { level: 19 });
    writeFileSync(join(root, folder, "nats-server.zst"), packed);
  });
  await once(`skylet-js-${platform.name}`, code, [join(folder, "skylet.js")], async () => {
    const outfile = join(folder, "skylet.js");
    await run([
      process.execPath,
      "build",
      "--target=bun",
      "--production",
      "--minify",
      ...(await defines()),
      "skylet/main.ts",
      "--outfile",
      outfile,
    ]);
  });
  return folder;
}

async function defines(): Promise<string[]> {
  const { commit, date } = await identity();
  return ["--define", `STIX_COMMIT=${JSON.stringify(commit)}`, "--define", `STIX_BUILD_DATE=${JSON.stringify(date)}`];
}

async function compile(platform: Platform, name: string, entry: string, extra: readonly string[]): Promise<void> {
  // The name of the output is part of the executable: it must be the same wherever it is built.
  const work = join(root, ".build", "compile", platform.name, name);
  mkdirSync(work, { recursive: true });
  const target = platform.target === null ? [] : [`--target=${platform.target}`];
  await run([
    process.execPath,
    "build",
    ...compileFlags,
    ...target,
    ...(await defines()),
    ...extra,
    entry,
    "--outfile",
    join(work, name),
  ]);
  mkdirSync(join(root, platform.dist), { recursive: true });
  chmodSync(join(work, name), 0o755);
  renameSync(join(work, name), join(root, platform.dist, name));
  rmSync(work, { recursive: true });
}

async function buildFor(platform: Platform): Promise<void> {
  const { commit, date } = await identity();
  const code = `${inputsHash()} ${commit} ${date} ${Bun.version} ${natsVersion}`;
  const parts = await makeParts(platform, code);
  const skylet = join(platform.dist, "skylet");
  const stix = join(platform.dist, "stix");
  await once(`skylet-${platform.name}-${platform.dist.replaceAll("/", "-")}`, code, [skylet], () =>
    compile(platform, "skylet", "skylet/main.ts", []),
  );
  await once(`stix-${platform.name}-${platform.dist.replaceAll("/", "-")}`, code, [stix], () =>
    compile(platform, "stix", "controller/main.ts", [`--asset=./${parts}`]),
  );
}

const unknown = process.argv.slice(2).filter((word) => word !== "--all");
if (unknown.length > 0) fail(`'${unknown[0]}' is not an option of scripts/build`, "scripts/build --all");
const platforms = process.argv.includes("--all") ? released : [thisMachine()];
for (const platform of platforms) await buildFor(platform);
