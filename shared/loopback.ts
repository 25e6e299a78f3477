// Addresses of this machine itself.

const LOOPBACK = /^(127(\.\d+){3}|localhost|\[?::1\]?)$/i;

/** True for a host name or address that never leaves this machine; IPv6 with or without brackets. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** For `fetch`: what lives on this machine is asked without a proxy, whatever http_proxy says and no_proxy leaves out. */
export function directOnLoopback(url: string): { readonly proxy?: false } {
  return URL.canParse(url) && isLoopback(new URL(url).hostname) ? { proxy: false } : {};
}
