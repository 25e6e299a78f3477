// (being written) A worker node.
export async function runWorker(_parts: unknown): Promise<void> {
  throw new Error("clusters of several nodes are not there yet");
}
