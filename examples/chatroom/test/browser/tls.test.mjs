// The chatroom under TLS, as seen by openssl, by a raw client and by a browser.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as http_request } from "node:http";
import { request as https_request } from "node:https";
import { connect as tcp_connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { RawClient } from "./raw_client.mjs";
import { Server, World, execute, freePort, live, polled, run, say, shows } from "./support.mjs";

// The certificates of the tests are signed by nobody.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";

/** Makes `NAME.pem` and `NAME.key` in the directory, and returns their settings. */
async function make_certificate(directory, name, { days = 30 } = {}) {
  const TLS_CERTIFICATE = join(directory, `${name}.pem`);
  const TLS_KEY = join(directory, `${name}.key`);
  const made = await execute("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
    "ec_paramgen_curve:prime256v1", "-noenc", "-days", String(days), "-subj", "/CN=localhost",
    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-out", TLS_CERTIFICATE, "-keyout", TLS_KEY]);
  assert.equal(made.code, 0, made.printed);
  return { TLS_CERTIFICATE, TLS_KEY };
}

function in_directory(name, body) {
  test(name, { timeout: 90_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "chatroom-tls-"));
    try {
      await body(directory);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
}

/** A test with a chatroom that speaks TLS. */
function served(name, body, env = {}) {
  in_directory(name, async (directory) => {
    const server = await Server.start({ ...await make_certificate(directory, "own"), ...env });
    try {
      await body(server, directory);
    } finally {
      await server.end("SIGKILL");
      server.remove();
    }
  });
}

/** One request on a connection of its own. */
function get(url, options = {}) {
  const request = url.startsWith("https:") ? https_request : http_request;
  return new Promise((done, fail) => {
    const sent = request(url, { agent: false, ...options }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text) => (body += text));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, body }));
    });
    sent.on("error", fail);
    sent.end();
  });
}

/** The certificate that a new connection gets. */
function fingerprint(server) {
  return new Promise((done, fail) => {
    const socket = connect({ port: server.port, host: "127.0.0.1" }, () => {
      done(socket.getPeerX509Certificate().fingerprint256);
      socket.end();
    });
    socket.on("error", fail);
  });
}

const openssl = (server, ...args) =>
  execute("openssl", ["s_client", "-connect", `127.0.0.1:${server.port}`, ...args]);

served("openssl: TLS 1.2 and 1.3, modern ciphers, HTTP/1.1 by ALPN, nothing older", async (server) => {
  for (const version of ["1_2", "1_3"]) {
    const talk = await openssl(server, `-tls${version}`, "-alpn", "h2,http/1.1");
    assert.equal(talk.code, 0, talk.printed);
    assert.match(talk.printed, new RegExp(`TLSv${version.replace("_", ".")}`));
    assert.match(talk.printed, /ALPN protocol: http\/1\.1/);
  }
  // With level 0 openssl itself is willing to speak so.
  for (const old of ["-tls1", "-tls1_1"]) {
    const refused = await openssl(server, old, "-cipher", "ALL@SECLEVEL=0");
    assert.match(refused.printed, /alert protocol version/);
  }
  for (const weak of ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA"]) {
    const refused = await openssl(server, "-tls1_2", "-cipher", weak);
    assert.match(refused.printed, /alert handshake failure/);
  }
  const other = await openssl(server, "-alpn", "h2");
  assert.match(other.printed, /no application protocol/);
});

served("HTTPS: a Secure cookie, HSTS, and an orderly end", async (server) => {
  assert.match(server.log.join("\n"), /listening at https:\/\/127\.0\.0\.1/);
  const page = await get(server.url);
  assert.equal(page.status, 200);
  assert.match(page.headers["set-cookie"][0], /HttpOnly; SameSite=Lax; .*; Secure$/);
  assert.equal(page.headers["strict-transport-security"], "max-age=86400");
  const script = page.body.match(/src="([^"]+)"/)[1];
  assert.ok((await get(new URL(script, server.url).href)).body.length > 50_000);
  // close_notify, and not just the end of the connection: openssl can tell them apart.
  const last = await execute("openssl",
    ["s_client", "-connect", `127.0.0.1:${server.port}`, "-quiet", "-ign_eof"], {},
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  assert.match(last.printed, /200 OK/);
  assert.doesNotMatch(last.printed, /unexpected eof/);
}, { TLS_HSTS: "24h" });

served("who speaks plain HTTP to it, or nonsense, is closed, and others notice nothing", async (server) => {
  for (const text of ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\x16\x03\x01nonsense"]) {
    await new Promise((done) => {
      const socket = tcp_connect(server.port, "127.0.0.1", () => socket.write(text));
      socket.on("error", () => {});
      socket.on("close", done);
      socket.resume();
    });
  }
  assert.equal((await get(`${server.url}healthz`)).status, 200);
  assert.equal((await get(server.url)).headers["strict-transport-security"], undefined);
});

served("a raw client joins and chats over WSS, and goodbye is said at the end", async (server) => {
  const client = await RawClient.open(server);
  assert.equal(client.status, 101);
  assert.equal((await client.join())[4].status, "ok");
  await client.submit("join", { username: "raw" });
  // More than one record of TLS.
  const sent = await client.submit("send_message", { body: "é".repeat(500) });
  assert.ok(JSON.stringify(sent[4].response.diff).includes("é".repeat(500)));
  const ended = server.end("SIGTERM");
  assert.equal(await client.closed, 1012);
  assert.equal((await ended).code, 0, server.log.join("\n"));
});

in_directory("the other port sends to HTTPS and opens no WebSocket", async (directory) => {
  const port = String(await freePort());
  const server = await Server.start({ ...await make_certificate(directory, "own"),
    HTTP_REDIRECT_PORT: port });
  try {
    await server.logged(/listening at http:/);
    const plain = `http://127.0.0.1:${port}`;
    for (const path of ["/", "/a/b?c=d"]) {
      const answer = await get(plain + path);
      assert.equal(answer.status, 308);
      assert.equal(answer.headers.location, `https://127.0.0.1:${server.port}${path}`);
      assert.equal(answer.headers["set-cookie"], undefined);
      assert.equal(answer.headers["strict-transport-security"], undefined);
    }
    const upgrade = await get(`${plain}/live/websocket?vsn=2.0.0`, { headers: {
      connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" } });
    assert.equal(upgrade.status, 308);
    assert.equal((await server.end()).code, 0, server.log.join("\n"));
  } finally {
    await server.end("SIGKILL");
    server.remove();
  }
});

served("SIGHUP: new connections get the new certificate, old ones chat on; a bad one changes nothing",
  async (server, directory) => {
    const tab = await RawClient.open(server);
    await tab.join();
    await tab.submit("join", { username: "old" });
    const first = await fingerprint(server);
    const next = await make_certificate(directory, "next");
    for (const name of ["TLS_CERTIFICATE", "TLS_KEY"]) copyFileSync(next[name], server.env[name]);
    const notices = () => server.log.filter((line) => /certificate of new connections/.test(line));
    server.child.kill("SIGHUP");
    await polled(async () => notices(), (all) => all.length === 2);
    const second = await fingerprint(server);
    assert.notEqual(second, first);

    writeFileSync(server.env.TLS_KEY, "broken\n");
    server.child.kill("SIGHUP");
    await server.logged(/\berror\b.*the certificate stays as it is: tls\.key .* holds no private key/i);
    assert.equal(await fingerprint(server), second);
    assert.equal(server.log.filter((line) => /stays as it is/.test(line)).length, 1);

    const sent = await tab.submit("send_message", { body: "still here" });
    assert.ok(JSON.stringify(sent).includes("still here"));
    tab.end();
  });

in_directory("SIGHUP takes other files too, and a process that is killed does not lose the certificate",
  async (directory) => {
    const server = new Server();
    await server.prepare();
    const config = join(directory, "chatroom.toml");
    const use = ({ TLS_CERTIFICATE, TLS_KEY }) =>
      writeFileSync(config, `[tls]\ncertificate = "${TLS_CERTIFICATE}"\nkey = "${TLS_KEY}"\n`);
    const first = await make_certificate(directory, "first");
    const second = await make_certificate(directory, "second");
    use(first);
    Object.assign(server.env, { CHATROOM_CONFIG: config });
    await server.launch();
    try {
      const before = await fingerprint(server);
      use(second);
      server.child.kill("SIGHUP");
      await server.logged(/certificate of new connections: .*second\.pem/);
      const after = await fingerprint(server);
      assert.notEqual(after, before);
      rmSync(second.TLS_KEY);
      await server.console("exit chatroom.endpoint.certificate kill");
      // Each process says it, once or twice.
      await polled(async () => new Set(server.log.map((line) =>
        line.match(/(<0\.\d+>) the certificate of new connections: .*second/)?.[1])),
        (said_by) => said_by.size === 3);  // undefined for all other lines
      assert.equal(await fingerprint(server), after);
    } finally {
      await server.end("SIGKILL");
      server.remove();
    }
  });

in_directory("[C-302] a bad certificate is one clear line and a non-zero exit code", async (directory) => {
  const good = await make_certificate(directory, "good");
  const other = await make_certificate(directory, "other");
  const noise = join(directory, "noise.pem");
  writeFileSync(noise, "noise\n");
  for (const [env, line] of [
    [{ ...good, TLS_CERTIFICATE: join(directory, "missing") }, /missing cannot be read: No such file/],
    [{ ...good, TLS_CERTIFICATE: noise }, /noise\.pem holds no certificate in PEM form/],
    [{ ...good, TLS_KEY: noise }, /noise\.pem holds no private key in PEM form/],
    [{ ...good, TLS_KEY: other.TLS_KEY }, /other\.key does not belong to the certificate .*good\.pem/],
    [{ TLS_CERTIFICATE: good.TLS_CERTIFICATE }, /TLS needs both files/],
  ]) {
    const result = await run([], { PORT: String(await freePort()),
      DATABASE_PATH: join(directory, "chat.db"),
      CHATROOM_CONSOLE_SOCKET: join(directory, "console"), ...env });
    assert.ok(result.code > 0, result.printed);
    assert.match(result.printed, line);
    assert.equal(result.printed.trim().split("\n").length, 1, result.printed);
  }
});

in_directory("a browser chats over HTTPS; its tab survives a new certificate", async (directory) => {
  const world = new World();
  let failed = true;
  try {
    const own = await make_certificate(directory, "own");
    const server = await world.server(own);
    const page = await world.join("Ada", { ignoreHTTPSErrors: true });
    await say(page, "over TLS");
    await shows(page, ["over TLS"]);
    const [cookie] = await page.context().cookies();
    assert.ok(cookie.secure && cookie.httpOnly);
    const next = await make_certificate(directory, "next");
    for (const name of ["TLS_CERTIFICATE", "TLS_KEY"]) copyFileSync(next[name], own[name]);
    server.child.kill("SIGHUP");
    await server.logged(/configuration was read again/);
    await say(page, "and after");
    const newcomer = await world.join("Bob", { ignoreHTTPSErrors: true });
    await shows(newcomer, ["over TLS", "and after"]);
    await live(page);
    assert.deepEqual(world.complaints, []);
    failed = false;
  } finally {
    await world.end(failed, "tls");
  }
});
