// What the server gives is of the form that the table of calls says, for every call that can be answered over twins.
import { describe, expect, test } from "bun:test";
import type { z } from "zod";
import { callPath, calls, type CallName } from "#shared/api/calls.ts";
import { routes } from "#shared/api/routes.ts";
import { twinServer, type TwinServer } from "#test/twins/twin-server.ts";

const user = { env_vars: { SKYPILOT_USER_ID: "abcdef01", SKYPILOT_USER: "ana" } };
const task = "name: t\nresources:\n  cpus: 1+\nrun: echo hi\n";

/** In this order: what is launched first is there for the others. */
const asked: readonly (readonly [CallName, Readonly<Record<string, unknown>>?])[] = [
  ["launch", { ...user, cluster_name: "c", task }],
  ["exec", { cluster_name: "c", task: "run: echo again" }],
  ["status", { include_handle: true }],
  ["overview", {}],
  ["top", {}],
  ["queue", { cluster_name: "c", all_users: true }],
  ["job_status", { cluster_name: "c", job_ids: [1, 99] }],
  ["endpoints", { cluster: "c" }],
  ["cost_report", {}],
  ["cluster_events", { cluster_name: "c", event_type: "STATUS_CHANGE" }],
  ["cluster_events", { cluster_name: "c", event_type: "STATUS_CHANGE", include_timestamps: true }],
  ["jobs.queue", {}],
  ["jobs.queue_v2", {}],
  ["jobs.pool_status", {}],
  ["serve.status", {}],
  ["validate", { dag: task, request_options: null }],
  ["optimize", { dag: task, request_options: null }],
  ["plan", { cluster_name: "", task }],
  ["offers", { cluster_name: "", task }],
  ["explain", { cluster_name: "", task }],
  ["list_accelerators", {}],
  ["list_accelerator_counts", {}],
  ["check", {}],
  ["enabled_clouds"],
  ["enabled_clouds_batch"],
  ["all_contexts"],
  ["kubernetes.allowed_nodes"],
  ["ssh_node_pools"],
  ["storage_ls"],
  ["volume_list"],
  ["doctor.leaks", {}],
  ["doctor.adopt", { cids: [] }],
  ["doctor.remove_leaks", { cids: [] }],
  ["health"],
  ["request.list"],
  ["api_cancel", {}],
  ["plugins"],
  ["users"],
  ["users.role"],
  ["workspaces.get"],
  ["workspaces.get_config"],
  ["dashboard_config"],
  ["autostop", { cluster_name: "c", idle_minutes: 5 }],
  ["down", { cluster_name: "c" }],
];

/** What the call gives, the request's value where it makes one. */
async function valueOf(server: TwinServer, name: CallName, body: unknown): Promise<unknown> {
  const { method, answers } = calls[name];
  const answer = await server.call(method, callPath(name), body === undefined ? {} : { body });
  expect([name, answer.status, answer.ok ? "" : await answer.clone().text()]).toEqual([name, 200, ""]);
  if (answers === "json") return await answer.json();
  const id = answer.headers.get("X-Skypilot-Request-ID") ?? "";
  const got = await server.call("GET", `${callPath("request.get")}?request_id=${id}`);
  const record: unknown = await got.json();
  const { return_value: value } = routes["request.get"].result.parse(record);
  return JSON.parse(value);
}

describe("server/routes/answers", () => {
  test("every answer has the form of the table", async () => {
    using server = twinServer();
    for (const [name, body] of asked) {
      const value = await valueOf(server, name, body);
      const schema: z.ZodType = routes[name].result;
      const read = schema.safeParse(value);
      expect([name, read.error?.issues ?? []]).toEqual([name, []]);
    }
  }, 60_000);

  test("a request belongs to its asker: to his name, his hash and his workspace", async () => {
    using server = twinServer();
    await server.call("POST", "/status", {
      body: { ...user, override_skypilot_config: { active_workspace: "research" } },
    });
    await server.call("GET", "/workspaces", {
      headers: { "x-stix-user": "11111111", "x-stix-user-name": "Zo%C3%AB" },
    });

    const rows = await server.service.world.requests.list({});
    expect(rows.map(({ userHash, userName, workspace }) => [userHash, userName, workspace])).toEqual([
      ["11111111", "Zoë", "default"],
      ["abcdef01", "ana", "research"],
    ]);
  });
});
