// Who may do what, as a table.
import { describe, expect, test } from "bun:test";
import { ownerOfServer, rights, type Principal, type Right } from "#shared/access/principal.ts";
import { decideAccess } from "./decide-access.ts";

const who = { userHash: "abcdef01", userName: "ana", workspace: "default" };
const owner = ownerOfServer(who);
const reader: Principal = { ...who, rights: ["read"] };
const member: Principal = { ...who, rights: ["read", "change"] };

const table: readonly (readonly [name: string, Principal, Right, workspace: string | undefined, allowed: boolean])[] = [
  ["an owner looks", owner, "read", undefined, true],
  ["an owner administers", owner, "administer", undefined, true],
  ["an owner changes what is of another workspace", owner, "change", "research", true],
  ["a reader looks", reader, "read", "default", true],
  ["a reader changes", reader, "change", "default", false],
  ["a member changes what is of his workspace", member, "change", "default", true],
  ["a member looks into another workspace", member, "read", "research", false],
  ["a member administers", member, "administer", undefined, false],
  ["somebody without rights looks", { ...who, rights: [] }, "read", undefined, false],
];

describe("core/access", () => {
  for (const [name, principal, action, workspace, allowed] of table) {
    test(`${name}: ${allowed ? "yes" : "no"}`, () => {
      const resource = { kind: "clusters", ...(workspace !== undefined && { workspace }) };
      expect(decideAccess(principal, action, resource).allowed).toBe(allowed);
    });
  }

  test("a refusal says who, what and what to do", () => {
    expect(decideAccess(reader, "change", { kind: "clusters" })).toEqual({
      allowed: false,
      reason: "ana may not change clusters",
      hint: "ask who runs the server for the right to do so",
    });
    const nameless = decideAccess({ ...reader, userName: "" }, "read", { kind: "clusters", workspace: "research" });
    expect(nameless).toMatchObject({
      reason: "these clusters belong to the workspace 'research', and user abcdef01 asks from 'default'",
      hint: "{program} {command} --config active_workspace=research",
    });
  });

  test("who owns the server has every right there is", () => {
    for (const right of rights) expect(owner.rights).toContain(right);
  });
});
