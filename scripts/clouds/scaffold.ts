// The first texts of a cloud's folder. What they make runs, refuses everything in words, and claims nothing.
import { makerOf } from "./cloud-files.ts";

export interface ScaffoldFile {
  readonly file: string;
  readonly text: string;
}

const RESERVED = new Set(["contract", "kit", "sim"]);

/** Why it cannot be the name of a new cloud; null: it can. */
export function nameFault(name: string | undefined, isTaken: boolean): string | null {
  if (name === undefined || name === "") return "a name is missing";
  if (!/^[a-z][a-z0-9]*$/.test(name))
    return `'${name}' is no name of a cloud: lower-case letters and digits, a letter first`;
  if (RESERVED.has(name)) return `'${name}' is a folder of all clouds`;
  return isTaken ? `controller/providers/${name} is there already` : null;
}

export function scaffold(id: string, title: string): readonly ScaffoldFile[] {
  return [
    { file: "manifest.ts", text: manifestText(id, title) },
    { file: "provider.ts", text: providerText(id, title) },
    { file: "provider.test.ts", text: testText(id) },
  ];
}

function manifestText(id: string, title: string): string {
  return `// ${title}: what is known of it.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: ${JSON.stringify(id)},
  title: ${JSON.stringify(title)},
  status: "launches",
  // What the provider can do beside the five verbs; the contract suite tests what is claimed here.
  features: [],
} as const satisfies Manifest;
`;
}

function providerText(id: string, title: string): string {
  return `// The provider of ${title}. The promises of each verb stand in ../contract/provider.ts; ../kit has what clouds share:
// guard (deadlines, secrets, failures), http (pace, repetition), observe.
import { noCapabilities } from "../contract/capabilities.ts";
import type { ProviderEnvironment } from "../contract/environment.ts";
import type { ProviderFailure } from "../contract/failure.ts";
import { placeOf } from "../contract/place.ts";
import type { Provider } from "../contract/provider.ts";
import { failure } from "../kit/answer.ts";
import { manifest } from "./manifest.ts";

export function ${makerOf(id)}({ account }: ProviderEnvironment): Provider {
  return {
    ...noCapabilities,
    cloud: manifest.id,
    everywhere: placeOf({ cloud: manifest.id, region: null, zone: null }, account.workspace),
    check: async () => notBuilt("ask who we are"),
    describe: async () => notBuilt("ask what is for sale"),
    create: async () => notBuilt("make machines"),
    list: async () => notBuilt("list machines"),
    remove: async () => notBuilt("remove machines"),
  };
}

function notBuilt(what: string): ProviderFailure {
  return failure({
    kind: "unsupported",
    reach: "cloud",
    message: \`cannot \${what} at \${manifest.title}: that is not built yet\`,
    hint: "choose another cloud",
  });
}
`;
}

function testText(id: string): string {
  return `// The contract, against a stand-in of the cloud's API: answers recorded from the real one, or a server that behaves like it.
import { plainAccount } from "#test/contract/asks.ts";
import { providerSuite } from "#test/contract/provider-suite.ts";
import { manifest } from "./manifest.ts";
import { ${makerOf(id)} } from "./provider.ts";

providerSuite("providers/${id} keeps the contract", manifest, async () => {
  // Each test begins with an empty account. Both are to reach the same one.
  const environment = { env: {}, localCloud: "", account: plainAccount };
  return {
    provider: ${makerOf(id)}(environment),
    other: ${makerOf(id)}(environment),
    placement: {
      cloud: manifest.id,
      region: "the-region",
      zone: null,
      instanceType: "the-type",
      useSpot: false,
      cpus: 8,
      memoryGib: 32,
      accelerator: null,
      virtual: false,
      priceUsdPerHour: 1,
    },
    // How the cloud refuses: no capacity, no quota, wrong keys. At least one is asked for.
    failures: [],
    run: async () => undefined,
    breakNode: async () => {
      throw new Error("let a machine die here");
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});
`;
}
