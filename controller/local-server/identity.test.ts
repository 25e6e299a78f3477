// Who asks stays who he is.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realRandom } from "#shared/clock.ts";
import { statePaths } from "#shared/paths.ts";
import { userHash } from "./identity.ts";

const folder = mkdtempSync(join(tmpdir(), "stix-identity-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a user's hash is made once", () => {
  const paths = statePaths({ STIX_HOME: join(folder, "new") });

  const made = userHash({}, paths, realRandom());

  expect(made).toMatch(/^[0-9a-f]{8}$/);
  expect(userHash({}, paths, realRandom())).toBe(made);
});

test("one that is damaged is named, with what to do, and not replaced by somebody else's", () => {
  const paths = statePaths({ STIX_HOME: folder });
  for (const damaged of ["", "abc", "abcdefgh\n", "0123456789"]) {
    writeFileSync(paths.userHash, damaged);

    expect(() => userHash({}, paths, realRandom())).toThrow(
      expect.objectContaining({
        code: "damaged-file",
        message: expect.stringContaining(paths.userHash),
        hint: expect.stringContaining("rm '"),
      }),
    );

    expect(readFileSync(paths.userHash, "utf8")).toBe(damaged);
    expect(userHash({ SKYPILOT_USER_ID: "cafe0001" }, paths, realRandom())).toBe("cafe0001");
  }
});
