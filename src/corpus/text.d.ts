// The build bundles text files as strings.
declare module "*.txt" {
  const text: string;
  export default text;
}
