// Programs run as another Unix user of this machine. Only root may become somebody else.

/** Exists everywhere and owns nothing: "nobody". */
export const STRANGER = 65_534;

export interface OtherUser {
  /** Runs a program of the system to its end as the other user; gives what it printed, both streams. */
  run(command: readonly string[], input?: string): Promise<{ readonly status: number; readonly output: string }>;
  /** Starts one that goes on until it is disposed. */
  start(command: readonly string[]): AsyncDisposable & { readonly output: () => string };
}

/** Null where this user may not become another; says so aloud, so that nobody believes it was proved. */
export function otherUser(unproved: string): OtherUser | null {
  if (process.getuid?.() !== 0) {
    console.warn(`NOT PROVED on this machine (it takes root to act as another user): ${unproved}`);
    return null;
  }
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
