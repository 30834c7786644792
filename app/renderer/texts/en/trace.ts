export const trace = {};
