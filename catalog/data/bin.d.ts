// An embedded table imports as the path of its file.
declare module "*.bin" {
  const path: string;
  export default path;
}
