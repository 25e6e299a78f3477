// Who asks: made once for each call at the server's gate, carried by requests and their rows, judged by core/access.

/** What somebody may do in a workspace: look, change what is theirs and others', or rule over the server itself. */
export const rights = ["read", "change", "administer"] as const;
export type Right = (typeof rights)[number];

export interface Principal {
  /** Eight hex digits as the client has them; "" for a caller who did not say. */
  readonly userHash: string;
  /** For display; "" for a caller who did not say. */
  readonly userName: string;
  /** Where what he makes belongs, and what he sees. */
  readonly workspace: string;
  readonly rights: readonly Right[];
}

/** Of everything that was made where nobody named another. */
export const DEFAULT_WORKSPACE = "default";

/** What a row says of whose it is. */
export interface Owned {
  readonly workspace: string;
  /** The user's hash. */
  readonly owner: string;
}

/** Whose something is that this principal makes. */
export function ownedBy({ workspace, userHash }: Principal): Owned {
  return { workspace, owner: userHash };
}

/** Who ends up at a server of his own machine: the kernel, or the server's token, has shown that he is its owner. */
export function ownerOfServer(who: Omit<Principal, "rights">): Principal {
  return { ...who, rights };
}

/** The server itself, at work in its loops: for rows that nobody asked for. */
export const theServer: Principal = {
  userHash: "",
  userName: "",
  workspace: DEFAULT_WORKSPACE,
  rights,
};
