// Does what a wallet does: connects, reads metadata, signs a transfer and waits until it is final. Prints what it saw as
// one line of JSON.

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { Metadata, TypeRegistry } from '@polkadot/types';

const AMOUNT = 1_500_000_000_000_000_000n;

const [url] = process.argv.slice(2);
const provider = new WsProvider(url);
const api = await ApiPromise.create({ provider, noInitWarn: true });

const metadataVersions = (await api.call.metadata.metadataVersions()).map((version) => version.toNumber());
const metadata14 = await api.rpc.state.getMetadata();
const opaqueMetadata15 = (await api.call.metadata.metadataAtVersion(15)).unwrap();
const metadata15 = new Metadata(new TypeRegistry(), opaqueMetadata15.toHex());

const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const alice = keyring.addFromUri('//Alice');
// A new account in every run, so that a second run on the same chain sees the same amounts.
const receiver = keyring.addFromUri(`//receiver//${Date.now()}`);

const balanceOf = async (account) => (await api.query.system.account(account.address)).data.free.toBigInt();

const transfer = api.tx.balances.transferKeepAlive(receiver.address, AMOUNT);
const statuses = [];
const finalized = await new Promise((resolve, reject) => {
  transfer
    .signAndSend(alice, ({ status, dispatchError, events }) => {
      statuses.push(status.type);
      if (dispatchError) {
        reject(new Error(`the transfer failed: ${dispatchError}`));
      } else if (status.isFinalized) {
        resolve({ hash: status.asFinalized.toHex(), events: events.map(({ event }) => `${event.section}.${event.method}`) });
      } else if (status.isInvalid || status.isDropped || status.isUsurped || status.isFinalityTimeout) {
        reject(new Error(`the transfer ended as ${status.type}`));
      }
    })
    .catch(reject);
});
const header = await api.rpc.chain.getHeader(finalized.hash);

console.log(
  JSON.stringify({
    chain: (await api.rpc.system.chain()).toString(),
    tokenSymbol: api.registry.chainTokens[0],
    tokenDecimals: api.registry.chainDecimals[0],
    ss58Format: api.registry.chainSS58,
    metadataVersions,
    metadata14: metadata14.version,
    metadata15: metadata15.version,
    pallets: metadata14.asLatest.pallets.map((pallet) => pallet.name.toString()),
    statuses,
    events: finalized.events,
    finalizedHash: finalized.hash,
    finalizedNumber: header.number.toNumber(),
    received: (await balanceOf(receiver)).toString(),
    amount: AMOUNT.toString(),
  }),
);
await api.disconnect();
