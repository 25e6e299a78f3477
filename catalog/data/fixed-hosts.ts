// Machine types whose devices cannot be chosen apart, although the public lists price host and devices in separate rows.

/** Cloud → machine type → [device, count]. */
export const fixedHosts: Readonly<Record<string, Readonly<Record<string, readonly [string, number]>>>> = {
  gcp: {
    "a2-highgpu-1g": ["A100", 1], "a2-highgpu-2g": ["A100", 2], "a2-highgpu-4g": ["A100", 4], "a2-highgpu-8g": ["A100", 8],
    "a2-megagpu-16g": ["A100", 16],
    "a2-ultragpu-1g": ["A100-80GB", 1], "a2-ultragpu-2g": ["A100-80GB", 2], "a2-ultragpu-4g": ["A100-80GB", 4],
    "a2-ultragpu-8g": ["A100-80GB", 8],
    "g2-standard-4": ["L4", 1], "g2-standard-8": ["L4", 1], "g2-standard-12": ["L4", 1], "g2-standard-16": ["L4", 1],
    "g2-standard-32": ["L4", 1], "g2-standard-24": ["L4", 2], "g2-standard-48": ["L4", 4], "g2-standard-96": ["L4", 8],
    "a3-highgpu-1g": ["H100", 1], "a3-highgpu-2g": ["H100", 2], "a3-highgpu-4g": ["H100", 4], "a3-highgpu-8g": ["H100", 8],
    "a3-megagpu-8g": ["H100-MEGA", 8], "a3-ultragpu-8g": ["H200", 8], "a4-highgpu-8g": ["B200", 8],
    "g4-standard-48": ["RTXPRO6000", 1], "g4-standard-96": ["RTXPRO6000", 2], "g4-standard-192": ["RTXPRO6000", 4],
    "g4-standard-384": ["RTXPRO6000", 8],
  },
};
