// How large a task file may be: the same for everybody who reads one. Loads nothing, since every command asks.

/** Bytes of one file, wherever it is read. Scripts with data in them have been seen at 1.3 MB; a block of 16 MB is parsed in a second. */
export const YAML_BYTES_MAX = 16 * 1024 * 1024;
/** Clients send a task as they understood it, and the user's own file inside: twice as much, and quoted. */
export const SENT_BYTES_MAX = 4 * YAML_BYTES_MAX;

export const BIG_HINT = "put data into files, and bring them with workdir or file_mounts";

/** What is said of a file of so many bytes, by everybody who reads one. */
export function tooLargeWords(bytes: number): { readonly message: string; readonly hint: string } {
  return {
    message: `the task file is ${(bytes / 1_048_576).toFixed(1)} MB, more than the ${YAML_BYTES_MAX / 1_048_576} MB that one may have`,
    hint: BIG_HINT,
  };
}
