//! The sandbox on a port, one connection a thread, with a gate before any operation: for what can only be
//! seen while an answer is on its way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use craton_aws_sandbox::Sandbox;

/// Serves until the test ends.
pub struct Endpoint {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    shared: Arc<Shared>,
}

struct Shared {
    sandbox: Sandbox,
    gate: Mutex<Option<Gate>>,
    requests: AtomicUsize,
}

/// Holds the first request for one operation until it is opened.
#[derive(Clone)]
pub struct Gate {
    operation: String,
    inner: Arc<(Mutex<(bool, bool)>, Condvar)>,
}

impl Gate {
    /// Waits until the request is there (and, for [`Endpoint::hold_answer`], has taken effect). A program that
    /// ends before it asks is a failed test, not one that hangs.
    #[track_caller]
    pub fn reached_by(&self, program: &mut Running) {
        let (state, changed) = &*self.inner;
        let mut state = state.lock().unwrap();
        while !state.0 {
            if let Some(status) = program.0.try_wait().unwrap() {
                let mut said = String::new();
                program.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
                program.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("craton ended ({status}) before it asked for {}\n{said}", self.operation);
            }
            state = changed.wait_timeout(state, Duration::from_millis(50)).unwrap().0;
        }
    }

    /// Lets it go on.
    pub fn open(&self) {
        self.inner.0.lock().unwrap().1 = true;
        self.inner.1.notify_all();
    }

    fn wait(&self) {
        let (state, changed) = &*self.inner;
        state.lock().unwrap().0 = true;
        changed.notify_all();
        drop(changed.wait_while(state.lock().unwrap(), |(_, open)| !*open).unwrap());
    }
}

/// A craton that is killed with this value if it still runs.
pub struct Running(Child);

impl Running {
    pub fn start(mut command: Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// As by Ctrl-C.
    pub fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// As by Ctrl-C at the terminal in whose foreground it is, which asks all of its process group.
    pub fn interrupt_group(&self) {
        let sent = Command::new("kill").args(["-INT", "--", &format!("-{}", self.0.id())]).status().unwrap();
        assert!(sent.success());
    }

    /// At once, as by `kill -9`.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits until a line on its standard error holds this.
    #[track_caller]
    pub fn says(&mut self, text: &str) {
        let errors = self.0.stderr.as_mut().unwrap();
        let mut said = Vec::new();
        while !String::from_utf8_lossy(&said).contains(text) {
            let mut byte = [0];
            let read = errors.read(&mut byte).unwrap();
            assert_eq!(read, 1, "craton ended without saying {text}: {}", String::from_utf8_lossy(&said));
            said.push(byte[0]);
        }
    }

    /// Its code, when it has ended.
    pub fn wait(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Endpoint {
    pub fn start(sandbox: Sandbox) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared { sandbox, gate: Mutex::new(None), requests: AtomicUsize::new(0) });
        let serving = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = serving.clone();
                // The client breaks connections off when it is killed.
                std::thread::spawn(move || serve(&stream, &shared).ok());
            }
        });
        Self { address, shared }
    }

    /// How many requests came so far.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Holds the next request for an operation before it takes effect.
    pub fn hold(&self, operation: &str) -> Gate {
        let gate = Gate { operation: operation.into(), inner: Arc::default() };
        *self.shared.gate.lock().unwrap() = Some(gate.clone());
        gate
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = read(&mut reader)? {
        shared.requests.fetch_add(1, Ordering::SeqCst);
        let text = String::from_utf8_lossy(request.body()).into_owned();
        let names = |g: &Gate| text.contains(&format!("Action={}&", g.operation));
        let gate = {
            let mut gate = shared.gate.lock().unwrap();
            gate.take_if(|g| names(g))
        };
        if let Some(gate) = gate {
            gate.wait();
            // Whoever was killed meanwhile never asked.
            if closed(stream) {
                return Ok(());
            }
        }
        let response = shared.sandbox.handle(&request);
        write(stream, &response)?;
    }
    Ok(())
}

fn closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let end = matches!(stream.peek(&mut [0]), Ok(0))
        || stream.peek(&mut [0]).is_err_and(|e| e.kind() != std::io::ErrorKind::WouldBlock);
    stream.set_nonblocking(false).unwrap();
    end
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<http::Request<Bytes>>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = http::Request::builder().method(method).uri(target);
    let mut size = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            size = value.parse().unwrap();
        }
        assert!(!name.eq_ignore_ascii_case("transfer-encoding"), "craton sends bodies with their length");
        request = request.header(name, value);
    }
    let mut body = vec![0; size];
    reader.read_exact(&mut body)?;
    Ok(Some(request.body(body.into()).unwrap()))
}

fn write(mut stream: &TcpStream, response: &http::Response<Bytes>) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\n", response.status());
    for (name, value) in response.headers().iter().filter(|(name, _)| *name != "content-length") {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", response.body().len()));
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(response.body());
    stream.write_all(&bytes)
}
