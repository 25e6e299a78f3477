// Whose account a workspace uses: what the config says, and one provider for those that use the same.
import { describe, expect, test } from "bun:test";
import { createProviders } from "#controller/providers/registry.ts";
import { configuredAccounts } from "./accounts.ts";

const sshKey = async () => ({ publicKey: "k", privateKeyFile: "/k" });

describe("config/accounts", () => {
  test("a workspace's words stand over the common ones, and whether it may be used is no setting", () => {
    const config = {
      nebius: { tenant_id: "common", domain: "d" },
      workspaces: { team: { nebius: { tenant_id: "own", disabled: false } } },
    };
    const { account } = configuredAccounts({ config: () => config, sshKey });

    expect(account("nebius", "team").config).toEqual({ tenant_id: "own", domain: "d" });
    expect(account("nebius", "default").config).toEqual({ tenant_id: "common", domain: "d" });
    expect(account("aws", "team").config).toEqual({});
  });

  test("the active workspace comes first, the named ones after it", () => {
    const { workspaces } = configuredAccounts({
      config: () => ({ active_workspace: "team", workspaces: { a: {}, team: {} } }),
      sshKey,
    });

    expect(workspaces()).toEqual(["team", "a"]);
  });

  test("workspaces with the same settings share a provider, others do not, and all of them are listed once", async () => {
    const config = { workspaces: { a: {}, b: { local: { disabled: true } }, c: { local: { folder: "x" } } } };
    const accounts = configuredAccounts({ config: () => config, sshKey });
    const providers = createProviders({ env: {}, localCloud: "/nowhere" }, accounts);

    const [a, b, c] = await Promise.all(["a", "b", "c"].map((workspace) => providers.load("local", workspace)));

    expect(a).not.toBeNull();
    expect(b).toBe(a);
    expect(c).not.toBe(a);
    expect(await providers.all()).toHaveLength(2);
    expect(await providers.load("aws", "a")).toBeNull();
  });
});
