//! A PostgreSQL server of our own, one for each program of tests, and a database for each test or
//! newsroom.
//!
//! It listens on a free port of this machine and in a folder of its own, keeps nothing on disk for
//! long, and is stopped when the tests' process ends, however that ends.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, postgres::PgConnectOptions};

use super::skip;

/// Who may come in, and how. `walled` may not come without TLS.
const DOOR: &str = "\
    local     all  postgres                trust\n\
    host      all  postgres  127.0.0.1/32  trust\n\
    hostnossl all  walled    127.0.0.1/32  reject\n\
    host      all  all       127.0.0.1/32  scram-sha-256\n";

/// Databases that newsrooms left, empty.
static LEFT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A server that runs.
pub(crate) struct Server {
    pub(crate) port: u16,
    /// Who signed its certificate, where there was a tool to make one: it then offers TLS.
    pub(crate) authority: Option<PathBuf>,
    /// Reads from us until we end, and stops the server then.
    _watch: Child,
}

/// A database of a test.
pub(crate) struct Database {
    pub(crate) server: &'static Server,
    pub(crate) name: String,
    /// It is emptied for the next newsroom when it isn't held any more: to make one takes long.
    passing: bool,
}

/// The server of these tests; none, with a word, where PostgreSQL is not installed.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| programs().map(|programs| Server::start(&programs)));
    if server.is_none() {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "CI needs PostgreSQL's server");
        skip("PostgreSQL's initdb and pg_ctl are not here (apt-get install postgresql)");
    }
    server.as_ref()
}

/// A database, empty, whose order of letters is that of English dictionaries where the server
/// knows such an order: whoever forgets to say how texts are compared finds out.
pub(crate) fn database() -> Option<Database> {
    let server = server()?;
    let by_icu = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'";
    server.try_database(by_icu).or_else(|_| server.try_database("TEMPLATE template0")).ok()
}

/// A database for a newsroom of its own; those who ask for it can't do without.
pub(crate) fn newsroom() -> Database {
    let left = LEFT.lock().expect("databases").pop();
    let mut database = match left {
        Some(name) => Database { server: server().expect("a server"), name, passing: true },
        None => database().expect("PostgreSQL's initdb and pg_ctl, to make databases"),
    };
    database.passing = true;
    database
}

/// The folder of `initdb` and `pg_ctl`.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

/// A command as the user that the server must run as: not root.
fn as_server(program: &Path) -> Command {
    let root = Command::new("id").arg("-u").output();
    if root.is_ok_and(|ran| ran.stdout == b"0\n") {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        return command;
    }
    Command::new(program)
}

fn succeeds(command: &mut Command) {
    let ran = command.stdin(Stdio::null()).output().expect("the command starts");
    assert!(
        ran.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
}

impl Server {
    fn start(programs: &Path) -> Self {
        let name = format!("feedwright-pg-{}", std::process::id());
        let folder = env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        // Ours to remove, the server's to write: the data lies in a folder below.
        fs::create_dir_all(&folder).expect("a folder");
        let mut install = Command::new("install");
        install.args(["-d", "-m", "755"]);
        if as_server(Path::new("x")).get_program() == "setpriv" {
            install.args(["-o", "postgres"]);
        }
        succeeds(install.arg(folder.join("run")));
        let data = folder.join("run/data");
        let mut initdb = as_server(&programs.join("initdb"));
        // A server set up in a bare container: no UTF-8 unless a database asks for it.
        initdb.args(["-U", "postgres", "-A", "trust", "--no-sync", "--no-locale", "-D"]);
        succeeds(initdb.arg(&data).env("LC_ALL", "C"));
        fs::write(data.join("pg_hba.conf"), DOOR).expect("who may come in");
        let authority = certify(&folder.join("run"));
        let tls = if authority.is_some() { "on" } else { "off" };
        let pg_ctl = programs.join("pg_ctl");
        let port = (0..8)
            .find_map(|_| {
                // Free now; another may take it before the server does.
                let free = TcpListener::bind("127.0.0.1:0").expect("a port");
                let port = free.local_addr().expect("an address").port();
                drop(free);
                let options = format!(
                    "-c listen_addresses=127.0.0.1 -p {port} -k {} -c fsync=off \
                     -c synchronous_commit=off -c full_page_writes=off -c max_connections=100 -c ssl={tls} -c ssl_cert_file=../server.pem \
                     -c ssl_key_file=../server.key",
                    folder.join("run").display()
                );
                let mut start = as_server(&pg_ctl);
                start.arg("-D").arg(&data).args(["-w", "-o", &options, "-l"]);
                start.arg(folder.join("run/log")).arg("start");
                start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                start.status().expect("pg_ctl").success().then_some(port)
            })
            .unwrap_or_else(|| {
                let log = fs::read_to_string(folder.join("run/log")).unwrap_or_default();
                not_started(&log)
            });
        Self { _watch: watch(&pg_ctl, &data, &folder), port, authority }
    }

    /// The address of a database for a role that needs no password.
    pub(crate) fn address(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs statements as the server's owner.
    pub(crate) fn run(&self, database: &str, statements: &str) -> Result<(), sqlx::Error> {
        block_on(self.run_now(database, statements))
    }

    /// The same, for those who wait already.
    pub(crate) async fn run_now(
        &self,
        database: &str,
        statements: &str,
    ) -> Result<(), sqlx::Error> {
        let options: PgConnectOptions = self.address(database).parse()?;
        let mut connection = options.connect().await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))).await?;
        connection.close().await
    }

    /// A database made as `how` says.
    pub(crate) fn try_database(&'static self, how: &str) -> Result<Database, sqlx::Error> {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("news{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("CREATE DATABASE {name} {how}"))?;
        Ok(Database { server: self, name, passing: false })
    }
}

impl Database {
    /// Its address as `store.url` has it.
    pub(crate) fn url(&self) -> String {
        self.server.address(&self.name)
    }

    /// The same for another role.
    pub(crate) fn url_for(&self, role: &str, password: &str) -> String {
        format!("postgres://{role}:{password}@127.0.0.1:{}/{}", self.server.port, self.name)
    }

    /// Whether a row of any table has this text, as a text or as bytes.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let bytes: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let text = text.replace('"', "\"\"").replace('\'', "''");
        let tables = self.ask(
            "SELECT coalesce(string_agg(tablename, ' '), '') FROM pg_tables \
             WHERE schemaname = 'public'",
        );
        tables.split(' ').filter(|table| !table.is_empty()).any(|table| {
            let rows = format!(
                "SELECT count(*)::TEXT FROM \"{table}\" AS it \
                 WHERE position('{text}' in it::TEXT) > 0 OR position('{bytes}' in it::TEXT) > 0"
            );
            self.ask(&rows) != "0"
        })
    }

    /// Runs statements in it.
    pub(crate) fn run(&self, statements: &str) {
        self.server.run(&self.name, statements).expect("the statements run");
    }

    /// The first column of the first row.
    pub(crate) fn ask(&self, query: &str) -> String {
        block_on(async {
            let options: PgConnectOptions = self.url().parse().expect("an address");
            let mut connection = options.connect().await.expect("a connection");
            let text = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
            text.fetch_one(&mut connection).await.expect("a row")
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.passing {
            // What a killed command leaves may hold a lock yet.
            let emptied = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid(); \
                DROP SCHEMA public CASCADE; CREATE SCHEMA public";
            if self.server.run(&self.name, emptied).is_ok() {
                LEFT.lock().expect("databases").push(self.name.clone());
            }
        }
    }
}

/// Runs what waits, on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// Makes a certificate for `localhost` in `folder`, and the one of the authority that signs it.
fn certify(folder: &Path) -> Option<PathBuf> {
    let file = |name: &str| folder.join(name).display().to_string();
    let (authority, key) = (file("authority.pem"), file("authority.key"));
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    let make = |more: &[&str]| {
        let mut command = as_server(Path::new("openssl"));
        command.args(["req", "-x509"]).args(curve).args(more).stdin(Stdio::null());
        command.output().ok().filter(|ran| ran.status.success())
    };
    make(&["-subj", "/CN=authority", "-keyout", &key, "-out", &authority])?;
    make(
        &[
            ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"].as_slice(),
            &["-addext", "basicConstraints=critical,CA:FALSE", "-CA", &authority, "-CAkey", &key],
            &["-keyout", &file("server.key"), "-out", &file("server.pem")],
        ]
        .concat(),
    )?;
    Some(folder.join("authority.pem"))
}

/// A process that waits until we end, however we do, and clears up.
fn watch(pg_ctl: &Path, data: &Path, folder: &Path) -> Child {
    let stop = as_server(pg_ctl);
    let words = [stop.get_program()].into_iter().chain(stop.get_args());
    let mut shell = Command::new("sh");
    shell.arg("-c").arg("folder=$1; shift; read -r _; \"$@\"; rm -rf \"$folder\"").arg("watch");
    shell.arg(folder).args(words).arg("-D").arg(data).args(["-m", "immediate", "stop"]);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().expect("a shell")
}

#[expect(clippy::panic, reason = "ends a test")]
fn not_started(log: &str) -> u16 {
    panic!("PostgreSQL doesn't start:\n{log}")
}
