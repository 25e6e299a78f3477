// The configuration of a cluster's bus: core NATS only, one key a node, and each node may say only what is its own.
import type { NodeConfig } from "#shared/wire/node-config.ts";
import { busSubjects, inboxPrefix } from "#shared/wire/subjects.ts";

/** `place` makes a file name of node.json absolute. Nodes without a key cannot join; without any key (tests) all may. */
export function busServerConfig(node: NodeConfig, place: (file: string) => string): string {
  const { bus } = node;
  if (bus === null) return "";
  const quote = (text: string) => JSON.stringify(text);
  const tls =
    bus.tls === null || bus.tls.certFile === null || bus.tls.keyFile === null
      ? ""
      : `tls { cert_file: ${quote(place(bus.tls.certFile))}, key_file: ${quote(place(bus.tls.keyFile))}, timeout: 5 }\n`;
  const users = node.nodes.flatMap(({ nid, busPublicKey }) =>
    busPublicKey === undefined
      ? []
      : [`  { nkey: ${busPublicKey}, permissions: ${nid === node.nid ? headPermissions() : workerPermissions(nid)} }`],
  );
  return `server_name: "stix-bus"
listen: ${quote(`${bus.host}:${bus.port}`)}
ping_interval: "5s"
ping_max: 2
write_deadline: "5s"
max_payload: 48MB
max_pending: 96MB
${tls}authorization { users: [
${users.join("\n")}
] }
`;
}

const responses = `allow_responses: { max: 1, expires: "1m" }`;

function headPermissions(): string {
  return `{ publish: { allow: ["bus.v1.all.>", "bus.v1.dn.>"] }, subscribe: { allow: ["${busSubjects.allUp}", "${inboxPrefix.head}.>"] }, ${responses} }`;
}

function workerPermissions(nid: string): string {
  return `{ publish: { allow: ["bus.v1.up.${nid}.>"] }, subscribe: { allow: ["bus.v1.all.>", "bus.v1.dn.${nid}.>", "${inboxPrefix.worker(nid)}.>"] }, ${responses} }`;
}
