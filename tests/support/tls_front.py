#!/usr/bin/env python3
"""tls_front.py PORT TARGET_PORT CERTIFICATE KEY [CLIENT_CA]: speaks TLS on 127.0.0.1:PORT for what listens on TARGET_PORT."""
import socket
import ssl
import sys
import threading


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(context, connection, target):
    try:
        with context.wrap_socket(connection, server_side=True) as client, socket.create_connection(("127.0.0.1", target)) as server:
            threading.Thread(target=pump, args=(client, server), daemon=True).start()
            pump(server, client)
    except OSError:  # refused, as it should be
        connection.close()


def main():
    port, target = int(sys.argv[1]), int(sys.argv[2])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    if len(sys.argv) > 5:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(sys.argv[5])
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(context, connection, target), daemon=True).start()


main()
