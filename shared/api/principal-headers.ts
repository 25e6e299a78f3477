// Who asks, in headers of our own client: calls without a body have no other place for it. Values are percent-encoded.
export const USER_HEADER = "x-stix-user";
export const USER_NAME_HEADER = "x-stix-user-name";
export const WORKSPACE_HEADER = "x-stix-workspace";
