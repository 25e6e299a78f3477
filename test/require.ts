// What a test needs of the machine. Where it is absent the test fails and says what to do: one that passed would prove nothing.

/** `.ci/run` runs everything as root. */
export function requireRoot(what: string): void {
  if (process.getuid?.() !== 0)
    throw new Error(`it takes root to ${what}; run this as root, in a container or with sudo, as .ci/run does`);
}

/** Its path. */
export function requireProgram(name: string): string {
  const path = Bun.which(name);
  if (path === null)
    throw new Error(`'${name}' is missing; install it: apt-get install ${name} (.ci/run does so itself)`);
  return path;
}
