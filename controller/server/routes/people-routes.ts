// Users and workspaces of a server without login: everybody is the user of this machine, and the workspace is `default`.
import type { Handlers } from "./register-calls.ts";
import type { Service } from "../service.ts";

export function peopleHandlers({ world }: Service) {
  return {
    users: async () => {
      const seen = new Map(
        (await world.requests.list({ limit: 1_000 }))
          .filter((request) => request.userHash !== "")
          .map((request) => [request.userHash, request]),
      );
      return [...seen.values()].map(({ userHash, userName, createdAt }) => ({
        id: userHash,
        name: userName,
        created_at: Math.floor(createdAt / 1000),
        role: "admin",
        user_type: "system",
      }));
    },
    "users.role": () => ({ id: "", name: "", role: "admin" }),
    "users.workspace": () => Response.json({ detail: "Not authenticated." }, { status: 401 }),
    "users.set_workspace": () => Response.json({ detail: "Not authenticated." }, { status: 401 }),
    "users.tokens": () => Response.json({ detail: "Authentication required" }, { status: 401 }),
    dashboard_config: () => ({ external_links: [] }),
    plugins: () => ({ plugins: [] }),
    ssh_node_pools: () => ({}),
    "kubernetes.allowed_nodes": () => [],
    home: ({ c }) => c.redirect("/dashboard/", 307),
  } satisfies Partial<Handlers>;
}
