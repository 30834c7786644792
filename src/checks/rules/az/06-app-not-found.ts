import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'AZ-06',
  name: 'AADSTS700016',
  severity: 'broken',
  references: [ENTRA_ERRORS],
  pattern: /AADSTS(?:700016|90002)\b/,
  say: (complaint, view) => {
    const { client, issuer } = view.examination.flow ?? {};
    return {
      title: `Entra ID does not find the application${client ? ` ${client.clientId}` : ''} in the tenant${issuer ? ` of ${issuer}` : ''}.`,
      detail: `The client id or the tenant is wrong, or the application was deleted, or it is for one tenant and was asked for in another.${words(complaint)}`,
      remedy:
        'Compare the client id with "Application (client) ID", and the tenant in the issuer with the one the application is registered in.',
    };
  },
});
