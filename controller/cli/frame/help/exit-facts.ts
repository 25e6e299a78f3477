// What the exit statuses mean, for help.
export const exitFacts: readonly (readonly [string, string])[] = [
  ["0", "done; a followed job succeeded"],
  ["1", "it went wrong, or you declined"],
  ["2", "the command line was not understood, or the command is not built yet"],
  ["100", "the followed job failed"],
  ["101", "the job has not ended"],
  ["102", "there is no such job"],
  ["103", "the job was cancelled"],
  ["130", "Ctrl-C; what runs on a cluster goes on"],
];
