/** A tool that the model wants to be used, as it said so. */
export interface RequestedTool {
  readonly id: string;
  readonly name: string;
  /** JSON, as far as the model keeps to it. */
  readonly arguments: string;
}
