export const exchange = {
  pending: 'waiting',
  copyCurl: 'Copy as curl',
  requestHeaders: 'Request headers',
  requestBody: 'Request body',
  answerHeaders: 'Answer headers',
  answerBody: 'Answer body',
  noBody: 'No body.',
  brokeOff: 'The body broke off before its end.',
  unseen: 'The body is no text, or was not recorded.',
  cut: 'Only the beginning was recorded.',
  showAll: 'Show all',
  asText: 'As text',
  asTree: 'As a tree',
  expand: 'Unfold',
  collapse: 'Fold',
  connection: 'Connection',
  address: 'Address',
  proxy: 'Proxy',
  tls: 'TLS',
  certificate: 'Certificate',
  reused: 'The connection was open already.',
  milliseconds: (count: number) => `${count} ms`,
  bytes: (count: number) =>
    count < 1024
      ? `${count} B`
      : count < 1024 * 1024
        ? `${(count / 1024).toFixed(1)} kB`
        : `${(count / 1024 / 1024).toFixed(1)} MB`,
  phases: {
    dns: 'Name',
    connect: 'Connection',
    tls: 'TLS',
    waiting: 'First byte',
    body: 'Body',
  },
};
