// STIX's own authority: who trusts it reaches the hub by its names, everybody else is refused.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { X509Certificate } from "node:crypto";
import { connect, credsAuthenticator } from "nats";
import { hubBench } from "#test/contract/hub-harness.ts";
import { ensureCertificate } from "./certificates.ts";

// Real processes on a busy machine.
setDefaultTimeout(30_000);

const now = Date.now();
const year = 365 * 86_400_000;

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(`${tmpdir()}/stix-tls-`);
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("adapters/nats/certificates", () => {
  test("the second time gives the same, another name or old age a new certificate of the same authority", () =>
    inFolder(async (folder) => {
      const first = await ensureCertificate(folder, ["hub.example.org"], now);
      const text = () => readFile(first.certFile, "utf8");
      const before = await text();

      const second = await ensureCertificate(folder, ["hub.example.org"], now + year);
      const same = await text();
      await ensureCertificate(folder, ["other.example.org"], now);
      const renamed = await text();
      const late = await ensureCertificate(folder, ["other.example.org"], now + 1.9 * year);

      expect([second.ca, same]).toEqual([first.ca, before]);
      expect(renamed).not.toBe(before);
      expect(await text()).not.toBe(renamed);
      expect(late.ca).toBe(first.ca);
      expect(new X509Certificate(renamed).subjectAltName).toContain("DNS:other.example.org");
      expect(new X509Certificate(renamed).verify(new X509Certificate(first.ca).publicKey)).toBe(true);
      expect((await stat(`${folder}/ca.key.pem`)).mode & 0o777).toBe(0o600);
    }));

  test("an authority that is cut short is named and not replaced; one that was never finished is made", () =>
    inFolder(async (folder) => {
      await ensureCertificate(folder, ["hub.example.org"], now);
      for (const name of ["ca.pem", "ca.key.pem"]) {
        const whole = await readFile(`${folder}/${name}`, "utf8");
        await writeFile(`${folder}/${name}`, whole.slice(0, 40));

        await expect(ensureCertificate(folder, ["hub.example.org"], now)).rejects.toMatchObject({
          code: "damaged-file",
          message: expect.stringContaining(`${folder}/${name}`),
        });

        expect(await readFile(`${folder}/${name}`, "utf8")).toBe(whole.slice(0, 40));
        await writeFile(`${folder}/${name}`, whole);
      }
      await ensureCertificate(folder, ["hub.example.org"], now);
      // A crash between the key and its certificate: nobody was told of the authority yet.
      await rm(`${folder}/ca.pem`);
      await ensureCertificate(folder, ["hub.example.org"], now);
    }));

  test("off loopback the hub speaks TLS only, to those who trust its authority", async () => {
    await using bench = await hubBench({ host: "0.0.0.0", publicNames: ["localhost"] });
    const access = await bench.hub.monitors.create({ name: null, lifetimeMs: null });
    const as = (ca: string | null, server: string) =>
      connect({
        servers: server,
        authenticator: credsAuthenticator(new TextEncoder().encode(access.credentials)),
        ...(ca === null ? {} : { tls: { ca } }),
        timeout: 3_000,
        maxReconnectAttempts: 0,
      });
    const endpoint = access.endpoints[0] ?? "";

    const trusted = await as(access.ca, endpoint);
    await using _head = await bench.head("alpha-1", { answers: { ping: () => ({ nid: "n0", version: "0", run: 1 }) } });
    const answer = await bench.hub.agents.call("alpha-1", "ping", {}, { timeoutMs: 5_000 });
    await bench.hub.agents.enroll("beta-2", ["n0"]);
    await bench.hub.agents.revoke("beta-2");
    const stranger = await mkdtemp(`${tmpdir()}/stix-tls-`);
    const { ca: otherCa } = await ensureCertificate(stranger, [], now);

    expect(endpoint).toMatch(/^tls:\/\/localhost:\d+$/);
    expect(trusted.info?.tls_required).toBe(true);
    expect(answer.nid).toBe("n0");
    await expect(as(otherCa, endpoint)).rejects.toThrow();
    await expect(as(null, endpoint)).rejects.toThrow();
    await trusted.close();
    await rm(stranger, { recursive: true });
  }, 20_000);
});
