import type { Texts } from '../catalogue.ts';

export const discovery: Texts['discovery'] = {};
