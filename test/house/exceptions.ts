// Places where the law of the house does not hold, each with its reason. A place that is no longer needed fails the test.

export interface Exception {
  /** The breach as the test words it, or the path it is about. */
  readonly breach: string;
  readonly reason: string;
}

export const exceptions: Readonly<
  Record<"arrows" | "names" | "environment" | "moduleState" | "typesAsserted", readonly Exception[]>
> = {
  arrows: [
    {
      breach: "controller/server/main.ts (server) may not import controller/compose.ts (compose)",
      reason: "the server's entry wires itself",
    },
  ],
  names: [],
  environment: [
    { breach: "controller/cli/frame/world.ts", reason: "the one place where the command line meets its surroundings" },
    { breach: "skylet/bus/server-process.ts", reason: "a child needs PATH, and nothing else of ours" },
  ],
  moduleState: [],
  typesAsserted: [],
};
