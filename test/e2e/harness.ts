// A deployment of the compiled executables for one test: its own HOME, state, ports and logs. Its end proves that nothing is left.
import {
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STRANGER } from "./other-user.ts";
import { isAlive, processesOf, signal, type Found, type Role } from "./processes.ts";
import { freePort } from "../free-port.ts";

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, for messages of failed assertions. */
  readonly all: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

export interface DeploymentOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Make the deployment below this folder instead of the system's temporary one. */
  readonly below?: string;
  /** Commands, server and nodes run as a user who may make no control group; without it, as whoever runs the tests. */
  readonly asPlainUser?: boolean;
}

const repository = join(import.meta.dir, "../..");
export const stixProgram = process.env["STIX_E2E_STIX"] ?? join(repository, "dist/stix");
const commandLimitMs = 120_000;

/** A command that goes on while the test does other things. */
export interface Following extends AsyncDisposable {
  readonly pid: number;
  readonly output: () => string;
  readonly errors: () => string;
  /** Resolves when `text` was printed on stdout; throws with all output when the command ends first or the time is over. */
  waitFor(text: string | RegExp, timeoutMs?: number): Promise<void>;
  ended(timeoutMs?: number): Promise<Ended>;
}

export class Deployment implements AsyncDisposable {
  readonly root: string;
  readonly home: string;
  readonly state: string;
  readonly work: string;
  readonly port: number;
  readonly clockFile: string;
  /** Output of the commands; never on the disk a test fills. */
  readonly logs: string;
  readonly env: Readonly<Record<string, string>>;
  #runs = 0;
  readonly #program: string;
  /** Whom commands run as; the tests' own user when empty. */
  readonly #user: { readonly uid: number; readonly gid: number } | Record<string, never>;

  constructor(options: DeploymentOptions = {}) {
    if (!existsSync(stixProgram)) throw new Error(`${stixProgram} is missing; run scripts/build`);
    this.root = mkdtempSync(join(options.below ?? tmpdir(), "stix-e2e-"));
    this.home = join(this.root, "home");
    this.state = join(this.root, "state");
    this.work = join(this.root, "work");
    for (const folder of [this.home, this.work]) mkdirSync(folder);
    this.logs = mkdtempSync(join(tmpdir(), "stix-logs-"));
    this.#user = options.asPlainUser === true && process.getuid?.() === 0 ? { uid: STRANGER, gid: STRANGER } : {};
    // Another user may not be allowed to enter the folder that holds our program.
    this.#program = "uid" in this.#user ? join(this.root, "stix") : stixProgram;
    if ("uid" in this.#user) {
      copyFileSync(stixProgram, this.#program);
      for (const path of [this.root, this.home, this.work]) chownSync(path, STRANGER, STRANGER);
    }
    this.port = freePort();
    this.clockFile = join(this.root, "clock");
    this.env = {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      HOME: this.home,
      USER: "tester",
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      STIX_HOME: this.state,
      STIX_API_PORT: String(this.port),
      STIX_CLOCK_FILE: this.clockFile,
      ...options.env,
    };
  }

  /** Runs `stix …` to its end. */
  async stix(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    await using command = this.start(args, options);
    return await command.ended(options.timeoutMs ?? commandLimitMs);
  }

  /** `stix …` that must succeed; gives what it printed on stdout. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const ended = await this.stix(args, options);
    if (ended.status !== 0)
      throw new Error(`stix ${args.join(" ")} ended with ${ended.status}\n${ended.all}${this.evidence()}`);
    return ended.stdout;
  }

  /** `stix … -o json` that must succeed. */
  async json(args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.ok([...args, "-o", "json"]));
  }

  /** Starts `stix …`; output goes to files below logs/. */
  start(args: readonly string[], options: RunOptions = {}): Following {
    this.#runs += 1;
    const base = join(this.logs, `${String(this.#runs).padStart(3, "0")}-${(args[0] ?? "").replaceAll(/\W/g, "")}`);
    const [out, err] = [`${base}.out`, `${base}.err`];
    const [outFd, errFd] = [openSync(out, "w"), openSync(err, "w")];
    const child = Bun.spawn([this.#program, ...args], {
      ...this.#user,
      cwd: options.cwd ?? this.work,
      env: { ...this.env, ...options.env },
      stdin: options.input === undefined ? "ignore" : new Blob([options.input]),
      stdout: outFd,
      stderr: errFd,
      detached: true,
    });
    closeSync(outFd);
    closeSync(errFd);
    const output = () => readFileSync(out, "utf8");
    const errors = () => readFileSync(err, "utf8");
    const ended = async (timeoutMs = commandLimitMs): Promise<Ended> => {
      const timer = setTimeout(() => signal(-child.pid, "SIGKILL"), timeoutMs);
      const status = await child.exited;
      clearTimeout(timer);
      const late = child.signalCode === "SIGKILL" ? `\n(killed after ${timeoutMs} ms)` : "";
      return {
        status,
        stdout: output(),
        stderr: errors(),
        all: `--- stdout\n${output()}--- stderr\n${errors()}${late}`,
      };
    };
    return {
      pid: child.pid,
      output,
      errors,
      ended,
      waitFor: async (text, timeoutMs = 60_000) => {
        const found = () => (typeof text === "string" ? output().includes(text) : text.test(output()));
        await until(
          `'${text}' is printed by stix ${args.join(" ")}`,
          () => found() || child.exitCode !== null,
          timeoutMs,
          () => output() + errors() + this.evidence(),
        );
        if (!found())
          throw new Error(
            `stix ${args.join(" ")} ended with ${child.exitCode} before it printed '${text}'\n${output()}${errors()}${this.evidence()}`,
          );
      },
      [Symbol.asyncDispose]: async () => {
        signal(-child.pid, "SIGKILL");
        await child.exited;
      },
    };
  }

  /** Writes a file below work/ and gives its path. */
  file(name: string, content: string): string {
    const path = join(this.work, name);
    writeFileSync(path, content);
    return path;
  }

  /** Moves the clock of server and skylets. */
  moveClock(toMs: number): void {
    writeFileSync(this.clockFile, String(toMs));
  }

  processes(role?: Role): Found[] {
    const found = processesOf(this.root);
    return role === undefined ? found : found.filter((each) => each.role === role);
  }

  /** kill -9 of every process of a role (of one node, when named "<nid>"); waits until they are gone. Gives how many. */
  async kill(role: Role, nid?: string): Promise<number> {
    const victims = this.processes(role).filter((each) => nid === undefined || each.node?.endsWith(`/${nid}`) === true);
    for (const victim of victims) signal(victim.pid, "SIGKILL");
    await until(`the killed ${role} is gone`, () => victims.every((victim) => !isAlive(victim.pid)), 10_000);
    return victims.length;
  }

  /** Cluster folders of the local cloud that exist. */
  clusterFolders(): string[] {
    const local = join(this.state, "local");
    return existsSync(local) ? readdirSync(local).filter((name) => !name.startsWith(".")) : [];
  }

  /** HOME folders of all nodes, by "<cid>/<nid>". */
  nodeHomes(): string[] {
    const local = join(this.state, "local");
    return this.clusterFolders().flatMap((cid) =>
      readdirSync(join(local, cid))
        .filter((nid) => /^n\d+$/.test(nid))
        .map((nid) => join(local, cid, nid, "home")),
    );
  }

  /** After `down` of everything: no cluster folder, and no process but the server and its hub. Throws with what is left. */
  async expectOnlyControlPlane(): Promise<void> {
    const rest = () => this.processes().filter((each) => each.role !== "server" && each.role !== "hub");
    await until(
      "every process of the clusters is gone",
      () => rest().length === 0,
      15_000,
      () => JSON.stringify(rest(), null, 1),
    );
    await until(
      "every folder of the clusters is gone",
      () => this.clusterFolders().length === 0,
      5_000,
      () => this.clusterFolders().join(" "),
    );
  }

  /** The last lines of the logs that explain a failure. */
  evidence(): string {
    const files = [
      join(this.state, "server.log"),
      ...this.nodeHomes().flatMap((home) => [join(home, "../agent/skylet.log")]),
    ];
    return files
      .filter((file) => existsSync(file))
      .map((file) => `\n--- ${file}\n${readFileSync(file, "utf8").split("\n").slice(-25).join("\n")}`)
      .join("");
  }

  /** Takes everything down by the front door, proves that nothing is left, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    const complaints: string[] = [];
    try {
      // Of every user: SkyPilot's client has an identity of its own.
      if (this.clusterFolders().length > 0) await this.ok(["down", "-u", "-y"]);
      await this.expectOnlyControlPlane();
    } catch (error) {
      complaints.push(String(error));
    }
    await this.stix(["api", "stop"]);
    for (const each of this.processes()) signal(each.pid, "SIGKILL");
    await until(
      "every process of the test is gone",
      () => this.processes().length === 0,
      10_000,
      () => JSON.stringify(this.processes()),
    );
    if (process.env["STIX_E2E_KEEP"] === undefined)
      for (const folder of [this.root, this.logs]) rmSync(folder, { recursive: true, force: true });
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
  }
}

/** Waits for what can only be looked at: kernel state, files of other processes. Looks every 20 ms. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs: number,
  evidence: () => string = () => "",
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error(`after ${timeoutMs} ms it does not hold that ${what}\n${evidence()}`);
    await Bun.sleep(20);
  }
}

/** Takes a port of loopback as soon as nobody has it: a connection that looks for its old listener may hold it for a moment. */
export async function squat(port: number): Promise<{ stop(closeConnections: boolean): void }> {
  const taken: { stop(closeConnections: boolean): void }[] = [];
  const take = () => {
    try {
      taken.push(Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } }));
    } catch {
      return false;
    }
    return true;
  };
  await until(`port ${port} can be taken`, take, 20_000);
  const [listener] = taken;
  if (listener === undefined) throw new Error(`port ${port} was not taken`);
  return listener;
}
