"""Starts and stops servers for the suites: Phantom from $PHANTOM, PostgreSQL from Debian's package."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from pgclient import Client

PHANTOM = os.environ.get('PHANTOM', os.path.join(os.path.dirname(__file__), '..', 'build', 'phantom'))
PG_BIN = '/usr/lib/postgresql/15/bin'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Phantom:
    """A server on a directory of its own; the Unix socket lies in it."""

    def __init__(self, directory=None, options=()):
        self.root = directory or tempfile.mkdtemp(prefix='phantom-')
        self.own = directory is None
        self.data = os.path.join(self.root, 'data')
        self.port = free_port()
        self.options = list(options)
        self.process = None

    def start_unasked(self, timeout=60):
        """Where a query needs a password: waits for the line that says the server is ready."""
        marks = self.log_text().count('\nready to accept')
        self.launch()
        begin = time.monotonic()
        while self.log_text().count('\nready to accept') == marks:
            if self.process.poll() is not None or time.monotonic() - begin > timeout:
                raise RuntimeError('the server did not start:\n' + self.tail())
            time.sleep(0.01)

    def log_text(self):
        with open(os.path.join(self.root, 'log'), errors='replace') as f:
            return f.read()

    def launch(self):
        self.log = open(os.path.join(self.root, 'log'), 'ab')
        self.process = subprocess.Popen(
            [PHANTOM, '-D', self.data, '-p', str(self.port), '-k', self.root, '-h', '127.0.0.1',
             '-A', 'trust'] + self.options, stdout=self.log, stderr=self.log)

    def start(self, timeout=60):
        """Seconds from exec to the first answered query."""
        begin = time.monotonic()
        self.launch()
        path = os.path.join(self.root, f'.s.PGSQL.{self.port}')
        while time.monotonic() - begin < timeout:
            if self.process.poll() is not None:
                raise RuntimeError('the server ended at once:\n' + self.tail())
            try:
                if os.path.exists(path):
                    client = self.connect()
                    client.query('select 1')
                    client.close()
                    return time.monotonic() - begin
            except (ConnectionError, OSError):
                pass
            time.sleep(0.002)
        raise RuntimeError('the server did not start:\n' + self.tail())

    def connect(self, database='postgres', user='postgres', **more):
        return Client(self.root, self.port, user, database, **more)

    def stop(self, how=signal.SIGINT, timeout=60):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout)
        code = self.process and self.process.returncode
        self.process = None
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def tail(self, lines=30):
        with open(os.path.join(self.root, 'log'), errors='replace') as f:
            return ''.join(f.readlines()[-lines:])

    def remove(self):
        if self.process is not None:
            self.kill()
        if self.own:
            shutil.rmtree(self.root, ignore_errors=True)


class Postgres:
    """PostgreSQL 15 with its defaults but for sizes, run as the user postgres where we are root."""

    def __init__(self, options=()):
        self.root = tempfile.mkdtemp(prefix='postgres-')
        self.port = free_port()
        self.prefix = []
        if os.getuid() == 0:
            shutil.chown(self.root, 'postgres', 'postgres')
            self.prefix = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups']
        os.chmod(self.root, 0o755)
        data = os.path.join(self.root, 'data')
        subprocess.run(self.prefix + [PG_BIN + '/initdb', '-D', data, '-U', 'postgres', '-A', 'trust',
                                      '--locale=C', '--encoding=UTF8'], check=True,
                       stdout=subprocess.DEVNULL, cwd='/')
        settings = ['max_connections=200', 'shared_buffers=1GB', 'max_wal_size=4GB'] + list(options)
        command = [PG_BIN + '/postgres', '-D', data, '-p', str(self.port), '-k', self.root,
                   '-h', '127.0.0.1']
        for setting in settings:
            command += ['-c', setting]
        self.process = subprocess.Popen(self.prefix + command, stdout=subprocess.DEVNULL,
                                        stderr=open(os.path.join(self.root, 'log'), 'wb'), cwd='/')
        for _ in range(3000):
            try:
                self.connect().close()
                return
            except (ConnectionError, OSError):
                time.sleep(0.01)
        raise RuntimeError('PostgreSQL did not start')

    def connect(self, database='postgres', user='postgres', **more):
        return Client(self.root, self.port, user, database, **more)

    def remove(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        shutil.rmtree(self.root, ignore_errors=True)
