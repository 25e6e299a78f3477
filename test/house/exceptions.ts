// Places where the law of the house does not hold, each with its reason. A place that is no longer needed fails the test.

export interface Exception {
  /** The breach as the test words it, or the path it is about. */
  readonly breach: string;
  readonly reason: string;
}

export const exceptions: Readonly<
  Record<
    | "deadCode"
    | "sleeps"
    | "renames"
    | "processTable"
    | "controlGroups"
    | "arrows"
    | "clouds"
    | "names"
    | "environment"
    | "moduleState"
    | "typesAsserted"
    | "states",
    readonly Exception[]
  >
> = {
  arrows: [
    {
      breach: "controller/server/main.ts (server) may not import controller/compose.ts (compose)",
      reason: "the server's entry wires itself",
    },
  ],
  clouds: [
    { breach: "controller/cli/commands/catalog/update.ts: aws", reason: "an example that is shown to users" },
    { breach: "controller/cli/commands/catalog/update.ts: azure", reason: "an example that is shown to users" },
    { breach: "controller/cli/commands/cluster/check.ts: aws", reason: "an example that is shown to users" },
    { breach: "controller/cli/commands/gpus/list.ts: aws", reason: "an example that is shown to users" },
    { breach: "controller/cli/commands/planning/explain.ts: aws", reason: "an example that is shown to users" },
    { breach: "controller/cli/commands/planning/offer.ts: aws", reason: "an example that is shown to users" },
    { breach: "controller/cli/commands/volumes/apply.ts: runpod", reason: "an example that is shown to users" },
    { breach: "controller/core/optimizer/resolve.ts: aws", reason: "an example that is shown to users" },
    {
      breach: "controller/operations/cluster-handle.ts: kubernetes",
      reason: "the one cloud at which SkyPilot's client shows a price of 0",
    },
    { breach: "controller/server/routes/people-routes.ts: kubernetes", reason: "a path of SkyPilot's API" },
    { breach: "shared/api/calls.ts: kubernetes", reason: "a path of SkyPilot's API" },
    { breach: "shared/api/routes.ts: kubernetes", reason: "a path of SkyPilot's API" },
    {
      breach: "shared/config/schema/server.ts: aws",
      reason: "where logs are sent: a service of this name, not machines",
    },
    {
      breach: "shared/config/schema/server.ts: gcp",
      reason: "where logs are sent: a service of this name, not machines",
    },
    {
      breach: "shared/task/storage-rules.ts: nebius",
      reason: "a scheme of buckets' addresses, in the order in which they are listed",
    },
    {
      breach: "shared/task/storage-rules.ts: oci",
      reason: "a scheme of buckets' addresses, in the order in which they are listed",
    },
  ],
  names: [],
  environment: [
    { breach: "controller/cli/frame/world.ts", reason: "the one place where the command line meets its surroundings" },
    { breach: "skylet/bus/server-process.ts", reason: "a child needs PATH, and nothing else of ours" },
  ],
  renames: [
    {
      breach: "controller/cli/commands/cluster/logs/download-logs.ts",
      reason: "gives a folder of other logs a name of its own",
    },
    {
      breach: "controller/server/uploads/upload-desk.ts",
      reason: "moves parts and folders of an upload that streams in",
    },
    { breach: "scripts/build.ts", reason: "moves what a compiler made" },
    { breach: "skylet/agent-log.ts", reason: "lays a full log aside" },
    { breach: "test/e2e/lost-database.test.ts", reason: "does what our own advice says a person should do" },
  ],
  deadCode: [
    { breach: "shared/access/principal.ts ownedBy", reason: "for rows that get their owner" },
    { breach: "shared/access/principal.ts theServer", reason: "for the loops' own calls" },
    { breach: "shared/config/lookup.ts placedValue", reason: "the contract of a config's places, for clouds to come" },
    { breach: "shared/lifecycle/attempt.ts attemptStates", reason: "every noun has its list of states" },
    { breach: "shared/lifecycle/cluster.ts clusterStates", reason: "every noun has its list of states" },
    { breach: "shared/lifecycle/moves.ts sqlCheck", reason: "checks of tables are held to it by tests" },
    { breach: "shared/name-on-cloud.ts nameOnCloud", reason: "the contract of names on clouds, for clouds to come" },
    { breach: "shared/task/infra.ts displayInfra", reason: "held to SkyPilot's display; tables show places otherwise" },
    {
      breach: "shared/task/volume.ts skypilotVolumeFile",
      reason: "held to SkyPilot's reading of volumes, which are to come",
    },
    { breach: "shared/wire/bus.ts endReplySchema", reason: "the wire's frozen messages are decoded by tests" },
    { breach: "shared/wire/bus.ts usageAskSchema", reason: "the wire's frozen messages are decoded by tests" },
    { breach: "controller/core/optimizer/minimize-sum.ts sumOf", reason: "the plain sum that the fast one is held to" },
    {
      breach: "controller/providers/contract/provider.ts ATTEMPT_KEY",
      reason: "the form of a key, for contract tests",
    },
    { breach: "controller/providers/kit/http.ts createHttp", reason: "for clouds that speak HTTP, which are to come" },
    { breach: "controller/providers/kit/http.ts httpFailure", reason: "for clouds that speak HTTP, which are to come" },
    { breach: "controller/providers/local/client.ts clusterProcesses", reason: "proofs that nothing runs on" },
    { breach: "scripts/dependencies.ts reasons", reason: "read by the law of the house alone" },
  ],
  sleeps: [
    { breach: "skylet/autostop/autostop.test.ts: 3", reason: "silence is measured: the node must not stop yet" },
    { breach: "skylet/head/recovery.test.ts: 1", reason: "the moments of a storm are drawn, not awaited" },
    { breach: "skylet/node/kill.test.ts: 1", reason: "silence is measured: the dead do not go on" },
    { breach: "test/e2e/documents.test.ts: 1", reason: "a limit for what may hang" },
    { breach: "test/e2e/harness.ts: 1", reason: "a limit for what may hang" },
    { breach: "test/e2e/kill-storm.ts: 1", reason: "the moments of a storm are drawn, not awaited" },
    { breach: "test/e2e/pty.ts: 3", reason: "limits for what may hang" },
    { breach: "test/e2e/restart.test.ts: 1", reason: "the moment is the subject of the test" },
    { breach: "test/sim/request-resume.test.ts: 1", reason: "a limit for what may hang" },
    { breach: "test/twins/torn-server.ts: 1", reason: "a line is torn after its first bytes were read" },
  ],
  processTable: [
    { breach: "shared/reaper/programs.ts", reason: "machine code that reads its own line" },
    { breach: "shared/reaper/programs.test.ts", reason: "a shell that looks at itself" },
    {
      breach: "scripts/benchmarks/peers/python-peers.ts",
      reason: "a shell that looks for another program's leftovers",
    },
    { breach: "test/e2e/plain-user.test.ts", reason: "a job's shell that kills its own agent" },
  ],
  controlGroups: [],
  moduleState: [],
  typesAsserted: [],
  states: [
    { breach: "controller/cli/commands/doctor/leaks/run.ts", reason: "the heading of a column" },
    {
      breach: "controller/cli/commands/jobs/queue.ts",
      reason: "SkyPilot's words for managed jobs, which have no table before they are built",
    },
  ],
};
