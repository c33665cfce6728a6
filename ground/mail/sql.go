package mail

import "kokko/ground/clock"

const (
	mailColumns   = `region_id, mail_id, state, purpose, spark_id, message_id, recipient, subject, body, language, automatic, created_at, sent_at, tries, reply`
	insertMail    = `INSERT INTO mails (` + mailColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, '')`
	updateMail    = `UPDATE mails SET state = $3, sent_at = $4, reply = $5, body = CASE WHEN body = $7 THEN $6 ELSE body END WHERE region_id = $1 AND mail_id = $2`
	sendingMail   = `UPDATE mails SET state = $3, reply = '', tries = tries + 1 WHERE region_id = $1 AND mail_id = $2 AND state = $4 AND body = $5`
	selectAbout   = `SELECT mail_id, purpose FROM mails WHERE region_id = $1 AND spark_id = $2`
	selectLetters = `SELECT ` + mailColumns + ` FROM mails WHERE region_id = $1 AND spark_id = $2 AND mail_id > $3 ORDER BY mail_id LIMIT $4`
	eraseMails    = `DELETE FROM mails WHERE region_id = $1 AND mail_id {in $2}`
	selectMail    = `SELECT ` + mailColumns + ` FROM mails WHERE region_id = $1 AND mail_id = $2`
	selectMails   = `SELECT ` + mailColumns + ` FROM mails WHERE region_id = $1 AND mail_id < $2 ORDER BY mail_id DESC LIMIT $3`
	selectMailsOf = `SELECT ` + mailColumns + ` FROM mails WHERE region_id = $1 AND mail_id < $2 AND state = $4 ORDER BY mail_id DESC LIMIT $3`
	againMail     = `UPDATE mails SET state = $6 WHERE region_id = $1 AND mail_id = $2 AND state IN ($3, $4, $5)`

	insertQuote   = `INSERT INTO mail_quotes (region_id, quoted_id, mail_id) VALUES ($1, $2, $3) ON CONFLICT (region_id, quoted_id, mail_id) DO NOTHING`
	selectQuoting = `SELECT mail_id FROM mail_quotes WHERE region_id = $1 AND quoted_id = $2 ORDER BY mail_id`
	countQuoted   = `SELECT COUNT(*) FROM mail_quotes WHERE region_id = $1 AND mail_id = $2`
	eraseQuote    = `DELETE FROM mail_quotes WHERE region_id = $1 AND quoted_id = $2 AND mail_id = $3`
	eraseQuotes   = `DELETE FROM mail_quotes WHERE region_id = $1 AND mail_id {in $2}`
	rewriteMail   = `UPDATE mails SET body = $3 WHERE region_id = $1 AND mail_id = $2 AND body = $4 AND state = $5`

	insertArrival = `INSERT INTO mail_arrivals (region_id, letter_hash, sender_hash, spark_id, arrived_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, letter_hash) DO NOTHING`
	countArrival      = `SELECT COUNT(*) FROM mail_arrivals WHERE region_id = $1 AND letter_hash = $2`
	countArrivals     = `SELECT COUNT(*) FROM mail_arrivals WHERE region_id = $1 AND arrived_at > $2`
	countArrivalsFrom = `SELECT COUNT(*) FROM mail_arrivals WHERE region_id = $1 AND sender_hash = $2 AND arrived_at > $3`
	latestAbout       = `SELECT spark_id FROM mail_arrivals WHERE region_id = $1 AND sender_hash = $2 AND spark_id > 0 ORDER BY arrived_at DESC LIMIT 1`
	lastArrival       = `SELECT MAX(arrived_at) FROM mail_arrivals WHERE region_id = $1`
	selectArrivals    = `SELECT arrived_at FROM mail_arrivals WHERE region_id = $1 AND spark_id = $2 ORDER BY arrived_at, letter_hash`
	eraseSender       = `UPDATE mail_arrivals SET sender_hash = '' WHERE region_id = $1 AND spark_id = $2`
	deleteArrivals    = `DELETE FROM mail_arrivals WHERE region_id = $1 AND arrived_at < $2`

	circularColumns    = `region_id, circular_id, purpose, spark_id, data, created_at, after_id, sent, failed, unsure, note, done_at`
	insertCircular     = `INSERT INTO circulars (` + circularColumns + `) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, '', 0)`
	selectCircular     = `SELECT ` + circularColumns + ` FROM circulars WHERE region_id = $1 AND circular_id = $2`
	selectLastCircular = `SELECT ` + circularColumns + ` FROM circulars WHERE region_id = $1 AND purpose = $2 ORDER BY circular_id DESC LIMIT 1`
	selectCirculars    = `SELECT ` + circularColumns + ` FROM circulars WHERE region_id = $1 AND circular_id < $2 ORDER BY circular_id DESC LIMIT $3`
	advanceCircular    = `UPDATE circulars SET after_id = $3 WHERE region_id = $1 AND circular_id = $2 AND after_id < $3`
	finishCircular     = `UPDATE circulars SET sent = $3, failed = $4, unsure = $5, note = $6, done_at = $7 WHERE region_id = $1 AND circular_id = $2`
	selectOldCirculars = `SELECT circular_id FROM circulars WHERE region_id = $1 AND done_at > 0 AND done_at < $2 ORDER BY circular_id`
	deleteCircular     = `DELETE FROM circulars WHERE region_id = $1 AND circular_id = $2`

	deliveryColumns = `recipient_id, state, tries, reply, at`
	markDelivery    = `INSERT INTO deliveries (region_id, recipient_id, circular_id, state, tries, reply, at) VALUES ($1, $2, $3, $4, 1, '', $5)
ON CONFLICT (region_id, recipient_id, circular_id) DO UPDATE SET state = excluded.state, tries = deliveries.tries + 1, at = excluded.at WHERE deliveries.state = $6`
	settleDelivery = `UPDATE deliveries SET state = $4, reply = $5, at = $6 WHERE region_id = $1 AND recipient_id = $2 AND circular_id = $3 AND state = $7`
	// A recipient refused before the mark has no row yet, and of one that was marked the try is counted.
	endDelivery = `INSERT INTO deliveries (region_id, recipient_id, circular_id, state, tries, reply, at) VALUES ($1, $2, $3, $4, 1, $5, $6)
ON CONFLICT (region_id, recipient_id, circular_id) DO UPDATE SET
tries = CASE WHEN deliveries.state = $7 THEN deliveries.tries + 1 ELSE deliveries.tries END,
state = CASE WHEN excluded.state = $7 AND deliveries.tries >= $9 THEN $8 ELSE excluded.state END, reply = excluded.reply, at = excluded.at`
	againDelivery      = `UPDATE deliveries SET state = $5, tries = 0, reply = '', at = $6 WHERE region_id = $1 AND recipient_id = $2 AND circular_id = $3 AND state = $4`
	resumeCircular     = `UPDATE circulars SET done_at = 0, note = '' WHERE region_id = $1 AND circular_id = $2 AND done_at > 0`
	giveUpDeliveries   = `UPDATE deliveries SET state = $4 WHERE region_id = $1 AND circular_id = $2 AND state = $3`
	countDeliveries    = `SELECT state, COUNT(*) FROM deliveries WHERE region_id = $1 AND circular_id = $2 GROUP BY state`
	selectDeliveries   = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE region_id = $1 AND circular_id = $2 AND state = $3 AND recipient_id > $4 ORDER BY recipient_id LIMIT $5`
	selectHandled      = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE region_id = $1 AND recipient_id {in $2} AND circular_id = $3`
	selectDeliveriesTo = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE region_id = $1 AND recipient_id = $2 ORDER BY circular_id`
	eraseRecipient     = `DELETE FROM deliveries WHERE region_id = $1 AND recipient_id = $2`
	selectRecipients   = `SELECT recipient_id FROM deliveries WHERE region_id = $1 AND circular_id = $2 LIMIT $3`
	deleteDeliveries   = `DELETE FROM deliveries WHERE region_id = $1 AND recipient_id {in $2} AND circular_id = $3`

	oldMails       = ` FROM mails WHERE region_id = $1 AND mail_id < $2 AND state <> $3 AND state <> $4`
	selectOldMails = `SELECT mail_id` + oldMails + ` ORDER BY mail_id LIMIT $5`
	countOldMails  = `SELECT COUNT(*)` + oldMails
)

type scanner interface{ Scan(dest ...any) error }

func scanPosted(row scanner) (p Posted, err error) {
	var created, done int64
	err = row.Scan(&p.Region, &p.ID, &p.Stand, &p.Purpose, &p.Spark, &p.MessageID, &p.To, &p.Subject, &p.Text, &p.Language, &p.Automatic, &created, &done, &p.Tries, &p.Reply)
	p.Created, p.Done = clock.FromMicros(created), clock.FromMicros(done)
	return p, err
}
