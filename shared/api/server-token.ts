// How a command shows that it may read the server's state folder: a short cut past the question whose connection it is.

/** Holds the content of `StatePaths.serverToken`. */
export const SERVER_TOKEN_HEADER = "X-Stix-Token";
