// The text of the hub's nats-server configuration. Nothing in it needs more than nats-server 2.9.10.

export interface HubConfig {
  /** Address to listen on; anything but loopback must have `tls`. */
  readonly host: string;
  readonly port: number;
  /** The hub's folder: store, accounts, log, pid. */
  readonly folder: string;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly operatorJwt: string;
  readonly systemAccount: { readonly id: string; readonly jwt: string };
  readonly account: { readonly id: string; readonly jwt: string };
  /** The accounts of monitors that live now. */
  readonly monitors: readonly { readonly id: string; readonly jwt: string }[];
}

/** Everything of the configuration but the claims of accounts, which change while the hub runs. */
export function settingsOf(config: HubConfig): string {
  return hubConfigText({ ...config, account: { id: config.account.id, jwt: "" }, monitors: [] });
}

/**
 * No leaf, websocket or monitoring listener: each was a way in. `write_deadline` and `max_pending` cut off a reader that
 * does not read before it holds up those who write. `max_payload` bounds every message of the protocol.
 */
export function hubConfigText(config: HubConfig): string {
  const tls =
    config.tls === null
      ? []
      : [`tls { cert_file: ${quoted(config.tls.certFile)}, key_file: ${quoted(config.tls.keyFile)}, timeout: 5 }`];
  return [
    "# Written by stix at every start of the hub; changes are lost.",
    "server_name: stix-hub",
    `listen: ${quoted(`${config.host}:${config.port}`)}`,
    `pid_file: ${quoted(`${config.folder}/nats.pid`)}`,
    `ports_file_dir: ${quoted(config.folder)}`,
    `log_file: ${quoted(`${config.folder}/nats.log`)}`,
    "log_size_limit: 8MB",
    'ping_interval: "10s"',
    "ping_max: 2",
    'write_deadline: "2s"',
    "max_payload: 1MB",
    "max_pending: 16MB",
    "max_control_line: 4KB",
    ...tls,
    `jetstream { store_dir: ${quoted(`${config.folder}/store`)}, domain: hub, max_file_store: 2GB, max_memory_store: 64MB }`,
    `operator: ${quoted(config.operatorJwt)}`,
    `system_account: ${quoted(config.systemAccount.id)}`,
    `resolver: { type: full, dir: ${quoted(`${config.folder}/accounts`)}, allow_delete: false, interval: "2m" }`,
    "resolver_preload: {",
    `  ${config.systemAccount.id}: ${quoted(config.systemAccount.jwt)}`,
    ...[config.account, ...config.monitors].map(({ id, jwt }) => `  ${id}: ${quoted(jwt)}`),
    "}",
    "",
  ].join("\n");
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
