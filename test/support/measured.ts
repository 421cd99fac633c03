/**
 * Options of a test that needs one kernel to be measured as faster than another. On a busy machine the spread of a measurement may
 * hide that, and then the default is kept, as it should be.
 */
export const MEASURED = { retry: 3 } as const;
