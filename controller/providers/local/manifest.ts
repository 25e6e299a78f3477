// What the built-in cloud can and cannot do.

export const manifest = {
  id: "local",
  title: "This machine",
  /** Nodes are stopped and started again with their folders. */
  power: true,
  spot: false,
  /** A node is found by its folder: <cluster id>/<node id>. */
  mark: "folder",
} as const;

/** The one instance type and region. */
export const LOCAL_TYPE = "local";
export const LOCAL_REGION = "local";
