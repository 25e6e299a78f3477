// Hidden first arguments by which our executables start themselves.

/** `stix __server …` is the API server in the foreground. */
export const serverCommand = "__server";
