import type { Texts } from '../catalogue.ts';

export const servers: Texts['servers'] = {};
