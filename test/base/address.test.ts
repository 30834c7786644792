import { describe, expect, it } from 'vitest';
import { isAddress, isPublicAddress } from '../../src/base/address.ts';

describe('a public address', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '192.0.1.0',
    '198.20.0.1',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '2a00:1450:4001:831::200e',
    '[2606:4700::1]',
    '::ffff:8.8.8.8',
    '::ffff:808:808',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
  ])('%s', address => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('not a public address', () => {
  it.each([
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['shared by carriers', '100.64.0.1'],
    ['shared by carriers', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.0.1'],
    ['link-local, with cloud metadata', '169.254.169.254'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['documentation', '192.0.2.1'],
    ['benchmarks', '198.19.0.1'],
    ['documentation', '198.51.100.7'],
    ['documentation', '203.0.113.7'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['loopback in brackets', '[::1]'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['unique local', 'fd00:ec2::254'],
    ['unique local', 'fc00::1'],
    ['multicast', 'ff02::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff:fff::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['mapped private', '::ffff:10.0.0.1'],
    ['mapped loopback in hexadecimal', '::ffff:7f00:1'],
    ['mapped, written out', '0:0:0:0:0:ffff:192.168.0.1'],
    ['NAT64 to private', '64:ff9b::10.0.0.1'],
    ['local NAT64', '64:ff9b:1::8.8.8.8'],
    ['6to4 of private', '2002:c0a8:1::1'],
    ['IPv4-compatible', '::8.8.8.8'],
    ['no address', 'example.com'],
    ['no address', ''],
    ['a number, not dotted', '2130706433'],
    ['octal', '010.0.0.1'],
    ['too many groups', '1:2:3:4:5:6:7:8:9'],
    ['two gaps', '2606::1::2'],
    ['an IPv4 part in the middle', '2606:8.8.8.8::1'],
  ])('%s: %s', (_kind, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

it('tells addresses from names', () => {
  expect(['10.0.0.1', '[::1]', 'fe80::1%en0'].map(isAddress)).toEqual([true, true, true]);
  expect(['example.com', 'localhost', '1.2.3', 'dead'].map(isAddress)).toEqual([false, false, false, false]);
});
