// Where the name of a caller comes from, and which of several places counts.
import { describe, expect, test } from "bun:test";
import { principalOf } from "./principal.ts";

const request = (path: string, headers: Record<string, string> = {}) =>
  new Request(`http://127.0.0.1:46580${path}`, { headers });
const skypilots = {
  env_vars: { SKYPILOT_USER_ID: "abcdef01", SKYPILOT_USER: "ana" },
  override_skypilot_config: { active_workspace: "research" },
};

describe("server/gates/principal", () => {
  test("SkyPilot's client says it in the body", () => {
    expect(principalOf(request("/launch"), skypilots)).toMatchObject({
      userHash: "abcdef01",
      userName: "ana",
      workspace: "research",
    });
  });

  test("ours says it in headers, which count for more; names may hold any letter", () => {
    const headers = {
      "x-stix-user": "11111111",
      "x-stix-user-name": encodeURIComponent("Zoë 100%"),
      "x-stix-workspace": "w",
    };
    expect(principalOf(request("/launch", headers), skypilots)).toMatchObject({
      userHash: "11111111",
      userName: "Zoë 100%",
      workspace: "w",
    });
    expect(principalOf(request("/workspaces", { "x-stix-user-name": "100%" }), undefined).userName).toBe("100%");
  });

  test("an upload says it after the question mark, and who says nothing has no name and the usual workspace", () => {
    expect(principalOf(request("/upload_v2?user_hash=22222222"), undefined).userHash).toBe("22222222");
    expect(principalOf(request("/api/health"), null)).toMatchObject({
      userHash: "",
      userName: "",
      workspace: "default",
    });
  });

  test("what is no text is nobody's name", () => {
    const odd = { env_vars: { SKYPILOT_USER_ID: 5, SKYPILOT_USER: "" }, override_skypilot_config: "x" };
    expect(principalOf(request("/launch"), odd)).toMatchObject({ userHash: "", userName: "", workspace: "default" });
  });
});
