// The address of a server, and who named it.

export interface Endpoint {
  /** Without a slash at the end. */
  readonly url: string;
  /** True when this machine runs it for this user, and we may start it. */
  readonly local: boolean;
  /** For `api info`: what named it. */
  readonly from: string;
}
