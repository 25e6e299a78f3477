// Users and workspaces of a server without login: everybody is the user of this machine, and the workspace is `default`.
import type { App, Service } from "../service.ts";

export function peopleRoutes(app: App, { world }: Service): void {
  app.get("/users", async (c) => {
    const seen = new Map(
      (await world.requests.list({ limit: 1_000 }))
        .filter((request) => request.userHash !== "")
        .map((request) => [request.userHash, request]),
    );
    return c.json(
      [...seen.values()].map(({ userHash, userName, createdAt }) => ({
        id: userHash,
        name: userName,
        created_at: Math.floor(createdAt / 1000),
        role: "admin",
        user_type: "system",
      })),
    );
  });
  app.get("/users/role", (c) => c.json({ id: "", name: "", role: "admin" }));
  app.get("/users/me/workspace", (c) => c.json({ detail: "Not authenticated." }, 401));
  app.post("/users/me/workspace", (c) => c.json({ detail: "Not authenticated." }, 401));
  app.get("/users/service-account-tokens", (c) => c.json({ detail: "Authentication required" }, 401));
  app.get("/dashboard_config", (c) => c.json({ external_links: [] }));
  app.get("/api/plugins", (c) => c.json({ plugins: [] }));
  app.get("/ssh_node_pools", (c) => c.json({}));
  app.get("/kubernetes/allowed_nodes", (c) => c.json([]));
  app.get("/", (c) => c.redirect("/dashboard/", 307));
}
