// Where the address of the database may stand, and which word counts.
import { expect, test } from "bun:test";
import { postgresUrlOf } from "./open.ts";

test("our variable before SkyPilot's before the config file; without any of them it is a file", () => {
  const env = { STIX_DB: "postgres://a@h/1", SKYPILOT_DB_CONNECTION_URI: "postgresql://b@h/2" };

  expect(postgresUrlOf({ env, configured: "postgresql://c@h/3" })).toBe("postgres://a@h/1");
  expect(postgresUrlOf({ env: { ...env, STIX_DB: "" }, configured: undefined })).toBe("postgresql://b@h/2");
  expect(postgresUrlOf({ env: {}, configured: "postgresql://c@h/3" })).toBe("postgresql://c@h/3");
  expect(postgresUrlOf({ env: {}, configured: undefined })).toBeNull();
});
