import type { Texts } from '../catalogue.ts';

export const trace: Texts['trace'] = {};
