package mail

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
	"kokko/ground/fault"
)

// DKIM is the signature that lets a receiver see that a letter is the
// operator's own. The zero value signs nothing.
type DKIM struct {
	Selector string
	Domain   string
	KeyFile  string // PEM file; or
	Key      Secret // the PEM itself, which wins
}

// DNSRecord is the TXT record the operator publishes.
type DNSRecord struct {
	Name  string // "kokko._domainkey.example.fi"
	Value string // "v=DKIM1; k=rsa; p=…"
}

// Zone is the record as a line of a zone file, the value in pieces of at most
// 255 bytes.
func (r DNSRecord) Zone() string {
	var b strings.Builder
	b.WriteString(r.Name + ". IN TXT (")
	for v := r.Value; v != ""; {
		n := min(len(v), 255)
		b.WriteString(` "` + v[:n] + `"`)
		v = v[n:]
	}
	return b.String() + " )"
}

// KeyKind is the algorithm of a new key.
type KeyKind string

const (
	RSA     KeyKind = "rsa"     // 2048 bits; every receiver can check it
	Ed25519 KeyKind = "ed25519" // shorter record, not read by every large receiver yet
)

// GenerateKey makes a private key as PKCS #8 PEM.
func GenerateKey(kind KeyKind) (Secret, error) {
	var key crypto.PrivateKey
	var err error
	switch kind {
	case RSA:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		return "", fault.New(fault.Invalid, "mail.settings.dkim").On("dkim")
	}
	if err != nil {
		return "", fault.New(fault.Internal, "mail.settings.dkim").Because(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fault.New(fault.Internal, "mail.settings.dkim").Because(err)
	}
	return Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// IsZero tells that nothing is signed.
func (d DKIM) IsZero() bool { return d == DKIM{} }

// Name is where the public key stands in DNS.
func (d DKIM) Name() string { return d.Selector + "._domainkey." + d.Domain }

func (d DKIM) check() error {
	if d.IsZero() {
		return nil
	}
	domain, err := asciiDomain(d.Domain)
	if err != nil || domain != strings.ToLower(d.Domain) || !isDotAtom(d.Selector) || len(d.Selector) > 63 || d.Key == "" && d.KeyFile == "" {
		return fault.New(fault.Invalid, "mail.settings.dkim").On("dkim")
	}
	return nil
}

// signer reads the key: PKCS #8 or PKCS #1 PEM, RSA of at least 1024 bits or Ed25519.
func (d DKIM) signer() (crypto.Signer, error) {
	bad := func(err error) error {
		return fault.New(fault.Invalid, "mail.settings.dkim_key").On("dkim").Because(err)
	}
	text := []byte(d.Key.Reveal())
	if len(text) == 0 {
		var err error
		if text, err = os.ReadFile(d.KeyFile); err != nil {
			return nil, bad(err)
		}
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, bad(errors.New("no PEM block"))
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		if key, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
			return nil, bad(errors.New("neither PKCS #8 nor PKCS #1"))
		}
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() < 1024 {
			return nil, bad(errors.New("RSA key under 1024 bits"))
		}
		return k, nil
	case ed25519.PrivateKey:
		return k, nil
	}
	return nil, bad(errors.New("neither RSA nor Ed25519"))
}

// Record is what to publish for this key.
func (d DKIM) Record() (DNSRecord, error) {
	if err := d.check(); err != nil {
		return DNSRecord{}, err
	}
	key, err := d.signer()
	if err != nil {
		return DNSRecord{}, err
	}
	r := DNSRecord{Name: d.Name()}
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		r.Value = "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	default:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return DNSRecord{}, fault.New(fault.Internal, "mail.settings.dkim").Because(err)
		}
		r.Value = "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	}
	return r, nil
}

// Published asks lookup (net.Resolver.LookupTXT fits) whether the record stands
// in DNS. Errors: NotFound mail.dkim.missing, Conflict mail.dkim.differs when
// another key stands there.
func (d DKIM) Published(ctx context.Context, lookup func(ctx context.Context, name string) ([]string, error)) error {
	want, err := d.Record()
	if err != nil {
		return err
	}
	found, err := lookup(ctx, want.Name)
	if err != nil || len(found) == 0 {
		return fault.New(fault.NotFound, "mail.dkim.missing").With("name", want.Name).With("value", want.Value).Because(err)
	}
	for _, text := range found {
		if publicKey(text) == publicKey(want.Value) {
			return nil
		}
	}
	return fault.New(fault.Conflict, "mail.dkim.differs").With("name", want.Name).With("value", want.Value)
}

// publicKey is the p= tag without the blanks operators' forms put into it.
func publicKey(record string) string {
	for tag := range strings.SplitSeq(record, ";") {
		if name, value, ok := strings.Cut(tag, "="); ok && strings.TrimSpace(name) == "p" {
			return strings.Join(strings.Fields(value), "")
		}
	}
	return ""
}

// sign puts the signature before the message. Every header a reader sees is
// signed, From twice so that a second one breaks the signature; the relays' own
// additions are not.
func (d DKIM) sign(key crypto.Signer, message []byte) ([]byte, error) {
	if key == nil {
		return message, nil
	}
	var out bytes.Buffer
	err := dkim.Sign(&out, bytes.NewReader(message), &dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: key, Hash: crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: []string{"From", "From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version",
			"Content-Type", "Content-Transfer-Encoding", "Content-Language", "Auto-Submitted", "In-Reply-To", "References",
			"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"},
	})
	if err != nil {
		return nil, fault.New(fault.Internal, "mail.dkim.sign").Because(err)
	}
	return out.Bytes(), nil
}
