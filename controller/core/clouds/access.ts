// What opens each cloud: the files and variables where its keys are looked for, and how a user comes to have them.

export interface CloudAccess {
  readonly title: string;
  /** Any one of these is enough; paths below the home folder. */
  readonly files: readonly string[];
  /** Or all variables of any one group. */
  readonly variables: readonly (readonly string[])[];
  /** What to type or do, one step a line. */
  readonly setUp: readonly string[];
}

const keyFile = (title: string, file: string, where: string, line = "<key>"): CloudAccess => ({
  title,
  files: [file],
  variables: [],
  setUp: [`make a key ${where}`, `install -m 600 -D /dev/stdin ~/${file} <<< '${line}'`],
});

/** By the names of task files. Sources: the vendors' own command lines and libraries; the places are those SkyPilot reads. */
export const cloudAccess: Readonly<Record<string, CloudAccess>> = {
  aws: {
    title: "AWS",
    files: [".aws/credentials", ".aws/config"],
    variables: [["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], ["AWS_PROFILE"], ["AWS_WEB_IDENTITY_TOKEN_FILE"]],
    setUp: [
      "aws configure          # asks for the access key and the region",
      "aws configure sso      # or by single sign-on",
      "aws sts get-caller-identity    # says whether it works",
    ],
  },
  gcp: {
    title: "GCP",
    files: [".config/gcloud/application_default_credentials.json"],
    variables: [["GOOGLE_APPLICATION_CREDENTIALS"]],
    setUp: [
      "gcloud init                               # chooses account and project",
      "gcloud auth application-default login     # writes the file",
      "gcloud services enable compute.googleapis.com",
    ],
  },
  azure: {
    title: "Azure",
    files: [".azure/msal_token_cache.json"],
    variables: [["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"]],
    setUp: ["az login", "az account set --subscription <subscription id>"],
  },
  kubernetes: {
    title: "Kubernetes",
    files: [".kube/config"],
    variables: [["KUBECONFIG"], ["KUBERNETES_SERVICE_HOST"]],
    setUp: [
      "put the cluster's kubeconfig at ~/.kube/config",
      "kubectl config use-context <context>",
      "kubectl get nodes      # says whether it works",
    ],
  },
  ssh: {
    title: "SSH",
    files: [".sky/ssh_node_pools.yaml"],
    variables: [],
    setUp: [
      "list the machines of each pool in ~/.sky/ssh_node_pools.yaml",
      "ssh <machine> true     # must work without a question",
    ],
  },
  slurm: {
    title: "Slurm",
    files: [".slurm/config"],
    variables: [],
    setUp: [
      "describe the login node in ~/.slurm/config as in ~/.ssh/config: Host, HostName, User, IdentityFile",
      "ssh -F ~/.slurm/config <host> sinfo    # says whether it works",
    ],
  },
  ibm: {
    title: "IBM",
    files: [".ibm/credentials.yaml"],
    variables: [],
    setUp: ["write iam_api_key, resource_group_id and region into ~/.ibm/credentials.yaml"],
  },
  oci: {
    title: "OCI",
    files: [".oci/config"],
    variables: [],
    setUp: ["oci setup config       # asks for user, tenancy and region, and makes the key"],
  },
  nebius: {
    title: "Nebius",
    files: [".nebius/NEBIUS_IAM_TOKEN.txt", ".nebius/credentials.json"],
    variables: [],
    setUp: [
      "nebius iam get-access-token > ~/.nebius/NEBIUS_IAM_TOKEN.txt",
      "write the tenant's id into ~/.nebius/NEBIUS_TENANT_ID.txt",
    ],
  },
  lambda: keyFile("Lambda", ".lambda_cloud/lambda_keys", "at cloud.lambda.ai/api-keys", "api_key = <key>"),
  runpod: {
    title: "RunPod",
    files: [".runpod/config.toml"],
    variables: [["RUNPOD_API_KEY"]],
    setUp: ["make a key in RunPod's console, under settings", "runpod config          # asks for it"],
  },
  vast: keyFile("Vast", ".config/vastai/vast_api_key", "at vast.ai, under account"),
  do: {
    title: "DO",
    files: [".config/doctl/config.yaml"],
    variables: [["DIGITALOCEAN_TOKEN"], ["DIGITALOCEAN_ACCESS_TOKEN"]],
    setUp: ["doctl auth init        # asks for a token of DigitalOcean's control panel"],
  },
  paperspace: keyFile("Paperspace", ".paperspace/config.json", "in Paperspace's console", '{"apiKey": "<key>"}'),
  fluidstack: keyFile("Fluidstack", ".fluidstack/api_key", "in Fluidstack's dashboard"),
  cudo: {
    title: "Cudo",
    files: [".config/cudo/cudo.yml"],
    variables: [],
    setUp: ["cudoctl init           # asks for the key and the project"],
  },
  primeintellect: {
    title: "PrimeIntellect",
    files: [".prime/config.json"],
    variables: [],
    setUp: ["prime login            # writes ~/.prime/config.json"],
  },
  hyperbolic: keyFile("Hyperbolic", ".hyperbolic/api_key", "in Hyperbolic's console, under settings"),
  shadeform: keyFile("Shadeform", ".shadeform/api_key", "in Shadeform's console"),
  seeweb: keyFile("Seeweb", ".seeweb_cloud/seeweb_keys", "in Seeweb's cloud center", "[DEFAULT]\napi_key = <key>"),
  yotta: keyFile("Yotta", ".yotta/credentials", "in Yotta's console", "orgId=<id>\napikey=<key>"),
  mithril: {
    title: "Mithril",
    files: [".config/mithril/config.yaml"],
    variables: [["MITHRIL_API_KEY", "MITHRIL_PROJECT"]],
    setUp: [
      "ml setup               # or write profiles with api_key and project_id into ~/.config/mithril/config.yaml",
    ],
  },
  verda: {
    title: "Verda",
    files: [".verda/config.json"],
    variables: [
      ["VERDA_CLIENT_ID", "VERDA_CLIENT_SECRET"],
      ["DATACRUNCH_CLIENT_ID", "DATACRUNCH_CLIENT_SECRET"],
    ],
    setUp: [
      "make credentials of the API in Verda's console",
      'write {"client_id": …, "client_secret": …} into ~/.verda/config.json',
    ],
  },
  scp: keyFile(
    "SCP",
    ".scp/scp_credential",
    "in Samsung Cloud Platform's console",
    "access_key = <key>\nsecret_key = <key>\nproject_id = <id>",
  ),
  scaleway: {
    title: "Scaleway",
    files: [".config/scw/config.yaml"],
    variables: [["SCW_ACCESS_KEY", "SCW_SECRET_KEY"]],
    setUp: ["scw init               # asks for the key and the project"],
  },
  ovhcloud: {
    title: "OVHcloud",
    files: [".ovh.conf"],
    variables: [["OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY"]],
    setUp: ["ovhcloud login         # asks for the keys of an application"],
  },
  hyperstack: {
    title: "Hyperstack",
    files: [],
    variables: [["HYPERSTACK_API_KEY"]],
    setUp: ["make a key in Hyperstack's console, and export HYPERSTACK_API_KEY=<key> before the server starts"],
  },
  vsphere: {
    title: "vSphere",
    files: [".vsphere/credential.yaml"],
    variables: [],
    setUp: ["list vcenters with name, username, password and clusters in ~/.vsphere/credential.yaml"],
  },
};

/** Other words for a cloud. */
export const cloudAliases: Readonly<Record<string, string>> = { k8s: "kubernetes", digitalocean: "do" };

export interface AccessFacts {
  readonly hasFile: (path: string) => boolean;
  readonly hasVariable: (name: string) => boolean;
}

/** What was found of the keys: "~/.aws/credentials", "the variables A and B"; null when there is nothing. */
export function foundAccess(access: CloudAccess, facts: AccessFacts): string | null {
  const file = access.files.find(facts.hasFile);
  if (file !== undefined) return `~/${file}`;
  const group = access.variables.find((names) => names.every(facts.hasVariable));
  return group === undefined ? null : variables(group);
}

/** "~/.aws/credentials, ~/.aws/config, or the variables A and B". */
export function placesOf(access: CloudAccess): string {
  const places = [...access.files.map((file) => `~/${file}`), ...access.variables.map(variables)];
  const last = places.at(-1) ?? "";
  return places.length === 1 ? last : `${places.slice(0, -1).join(", ")} or ${last}`;
}

function variables(names: readonly string[]): string {
  return `${names.length === 1 ? "the variable" : "the variables"} ${names.join(" and ")}`;
}
