// Programs run as another Unix user of this machine. Only root may become somebody else.
import { requireRoot } from "../require.ts";

/** Exists everywhere and owns nothing: "nobody". */
export const STRANGER = 65_534;

export interface OtherUser {
  /** Runs a program of the system to its end as the other user; gives what it printed, both streams. */
  run(command: readonly string[], input?: string): Promise<{ readonly status: number; readonly output: string }>;
  /** Starts one that goes on until it is disposed. */
  start(command: readonly string[]): AsyncDisposable & { readonly output: () => string };
}

/** Throws where this user may not become another. */
export function otherUser(): OtherUser {
  requireRoot("act as another user");
  const as = {
    uid: STRANGER,
    gid: STRANGER,
    cwd: "/",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/" },
  } as const;
  return {
    start: (command) => {
      const child = Bun.spawn([...command], { ...as, stdin: "ignore", stdout: "pipe", stderr: "ignore" });
      let output = "";
      void (async () => {
        for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) output += text;
      })();
      return {
        output: () => output,
        [Symbol.asyncDispose]: async () => {
          child.kill("SIGKILL");
          await child.exited;
        },
      };
    },
    run: async (command, input) => {
      const child = Bun.spawn([...command], {
        ...as,
        stdin: input === undefined ? "ignore" : new Blob([input]),
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr, status] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      return { status, output: stdout + stderr };
    },
  };
}
