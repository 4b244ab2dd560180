export const reads = (options, run) => ({ writes: false, options, run });
export const writes = (options, run) => ({ writes: true, options, run });
//# sourceMappingURL=context.js.map